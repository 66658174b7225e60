"""Greedy k-means++ seeding: each next centre is the best of a batch of candidates.

D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007, greedy variant.
"""

import numpy as np
from numpy.typing import NDArray

from atlas_clustering.kmeans.blocks import Floats, Rows
from atlas_clustering.kmeans.nearest import squared_distances


def seed_centres(rows: Rows, k: int, random: np.random.Generator) -> Floats:
    """Choose k rows (k, d): of a few candidates drawn by squared distance, always the one that lowers inertia most."""
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


def _draw(weights: Rows, count: int, random: np.random.Generator) -> NDArray[np.int64]:
    cumulated = np.cumsum(weights, dtype=np.float64)
    drawn: NDArray[np.int64] = np.searchsorted(cumulated, random.random(count) * cumulated[-1])
    return np.minimum(drawn, len(weights) - 1)
