"""Variants: the templates inside an album."""

import numpy as np

from atlas_clustering.kmeans.blocks import Labels, Rows, distinct, in_memory
from atlas_clustering.kmeans.breathing import breathe
from atlas_clustering.kmeans.clusters import Clusters
from atlas_clustering.kmeans.seeding import seed_centres
from atlas_clustering.model import Partition

TYPICAL_VARIANT = 12
MOST_VARIANTS = 8


def with_variants(rows: Rows, albums: Labels, seed: int) -> Partition:
    """Divide each album by k-means, into more variants the larger it is."""
    variants = np.zeros(len(rows), np.int32)
    album_of: list[int] = []
    for album in range(int(albums.max()) + 1):
        members = np.flatnonzero(albums == album)
        inside = _divide(rows[members], np.random.default_rng([seed, album]))
        variants[members] = len(album_of) + inside
        album_of += [album] * (int(inside.max()) + 1)
    return Partition(albums, variants, np.array(album_of, np.int32))


def _divide(rows: Rows, random: np.random.Generator) -> Labels:
    k = distinct(rows, min(MOST_VARIANTS, max(1, len(rows) // TYPICAL_VARIANT)))
    if k == 1:
        return np.zeros(len(rows), np.int32)
    centred = rows - rows.mean(axis=0)
    found = breathe(Clusters.around(in_memory(centred), seed_centres(centred, k, random)), random)
    return np.unique(found.labels, return_inverse=True)[1].astype(np.int32)


def means(rows: Rows, labels: Labels) -> Rows:
    """The mean of the rows under each label (k, d)."""
    order = np.argsort(labels, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(labels))[:-1])
    return np.array([rows[group].mean(axis=0, dtype=np.float64) for group in groups], np.float32)
