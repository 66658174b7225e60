"""How clearly albums stand apart."""

import numpy as np
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from atlas_clustering.kmeans.blocks import BLOCK_ROWS, Floats, Labels, Rows
from atlas_clustering.kmeans.nearest import squared_distances

SAMPLE = 2_000
POINTS = 40


def silhouettes(rows: Rows, labels: Labels, seed: int = 0) -> tuple[Rows, Labels]:
    """The silhouette of each row of a sample, and which rows those are; 0 where there is only one album.

    From 1 (far from every other album) to -1. P. Rousseeuw, "Silhouettes", 1987.
    """
    chosen = np.sort(np.random.default_rng(seed).permutation(len(rows))[:SAMPLE]).astype(np.int32)
    k = int(labels.max()) + 1
    if k < 2:
        return np.zeros(len(chosen), np.float32), chosen
    counts = np.bincount(labels)
    with threadpool_limits(1, "blas"):  # so that rounding does not depend on how many there are
        sums = _sums(rows, labels, rows[chosen])
    own = np.arange(len(chosen)), labels[chosen]
    inside = sums[own] / np.maximum(counts[labels[chosen]] - 1, 1)
    means = sums / np.maximum(counts, 1)
    means[own] = np.inf
    outside = means.min(axis=1)
    values = (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-12)
    return np.where(counts[labels[chosen]] > 1, values, 0.0).astype(np.float32), chosen


def _sums(rows: Rows, labels: Labels, chosen: Rows) -> Floats:
    """Of each chosen row the distances to all rows, summed by label (m, k)."""
    sums = np.zeros((len(chosen), int(labels.max()) + 1))
    for start in range(0, len(rows), BLOCK_ROWS):
        part = slice(start, start + BLOCK_ROWS)
        each = np.arange(len(labels[part]))
        members = csr_array((np.ones(len(each)), (each, labels[part])), shape=(len(each), sums.shape[1]))
        sums += np.sqrt(squared_distances(chosen, rows[part])) @ members
    return sums


def profiles(values: Rows, albums: Labels, k: int) -> list[list[float]]:
    """A silhouette plot of k albums: the silhouettes of the stickers of each, highest first, thinned to `POINTS`."""
    found = []
    for album in range(k):
        own = np.sort(values[albums == album])[::-1]
        places = np.linspace(0, len(own) - 1, min(POINTS, len(own))).round().astype(int)
        found.append([round(float(value), 3) for value in own[places]])
    return found
