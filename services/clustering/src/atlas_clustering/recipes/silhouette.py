"""How clearly albums stand apart."""

import numpy as np

from atlas_clustering.kmeans.blocks import Labels, Rows

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
    members = np.zeros((len(rows), k), np.float32)
    members[np.arange(len(rows)), labels] = 1.0
    counts = members.sum(axis=0)
    sums = np.array([np.linalg.norm(rows - row, axis=1) @ members for row in rows[chosen]])
    own = np.arange(len(chosen)), labels[chosen]
    inside = sums[own] / np.maximum(counts[labels[chosen]] - 1, 1)
    means = sums / np.maximum(counts, 1)
    means[own] = np.inf
    outside = means.min(axis=1)
    values = (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-12)
    return np.where(counts[labels[chosen]] > 1, values, 0.0).astype(np.float32), chosen


def profiles(values: Rows, albums: Labels, k: int) -> list[list[float]]:
    """A silhouette plot of k albums: the silhouettes of the stickers of each, highest first, thinned to `POINTS`."""
    found = []
    for album in range(k):
        own = np.sort(values[albums == album])[::-1]
        places = np.linspace(0, len(own) - 1, min(POINTS, len(own))).round().astype(int)
        found.append([round(float(value), 3) for value in own[places]])
    return found
