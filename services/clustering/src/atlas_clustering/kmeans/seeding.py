"""Centres to begin with, drawn by their squared distance from those that are there already."""

import numpy as np
from numpy.typing import NDArray

from atlas_clustering.kmeans.blocks import Floats, Rows, cut
from atlas_clustering.kmeans.nearest import squared_distances

ROUNDS = 10
NEVER_NIL = 1e-12
"""The part of the mean weight that rows have which are chosen already, for want of others."""


def seed_centres(rows: Rows, k: int, random: np.random.Generator) -> Floats:
    """Choose k rows (k, d), one by one: of a few candidates always the one that lowers the inertia most.

    D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007, greedy variant.
    """
    candidates = 2 + int(np.log(k))
    chosen = [int(random.integers(len(rows)))]
    closest = squared_distances(rows, rows[chosen])[:, 0]
    for _ in range(1, k):
        drawn = _draw(closest, candidates, random)
        distances = np.minimum(squared_distances(rows, rows[drawn]), closest[:, None])
        best = int(distances.sum(axis=0).argmin())
        chosen.append(int(drawn[best]))
        closest = distances[:, best].copy()
    return rows[chosen].astype(np.float64)


def seed_in_rounds(rows: Rows, k: int, random: np.random.Generator) -> Floats:
    """Choose k rows (k, d), many at a time: much faster, and good enough where some are dropped afterwards.

    B. Bahmani, B. Moseley, A. Vattani, R. Kumar, S. Vassilvitskii, "Scalable k-means++", VLDB 2012.
    """
    chosen = new = random.integers(len(rows), size=1)
    closest = np.full(len(rows), np.inf, np.float32)
    while len(chosen) < k:
        found = [squared_distances(part, rows[new]).min(axis=1) for part in cut(rows)]
        closest = np.minimum(closest, np.concatenate(found))
        weights = closest + NEVER_NIL * (float(closest.mean()) + NEVER_NIL)
        count = min(k - len(chosen), -(-k // ROUNDS))
        new = random.choice(len(rows), count, replace=False, p=weights / weights.sum())
        chosen = np.concatenate([chosen, new])
    return rows[chosen].astype(np.float64)


def _draw(weights: Rows, count: int, random: np.random.Generator) -> NDArray[np.int64]:
    cumulated = np.cumsum(weights, dtype=np.float64)
    drawn: NDArray[np.int64] = np.searchsorted(cumulated, random.random(count) * cumulated[-1])
    return np.minimum(drawn, len(weights) - 1)
