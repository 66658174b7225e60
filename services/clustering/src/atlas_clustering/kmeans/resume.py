"""A partition brought up to date with rows that have come since."""

from collections.abc import Callable

import numpy as np

from atlas_clustering.kmeans.blocks import Labels, Rows, in_memory
from atlas_clustering.kmeans.breathing import breathe, inhale, thin
from atlas_clustering.kmeans.clusters import Clusters
from atlas_clustering.kmeans.sums import sums_of

MOVED = 0.02
"""The part of the inertia that each moved centre must take away: more of the same takes less, a new series more."""
CLEARLY = 0.05
"""The part by which the inertia of other albums altogether must be lower."""


def resume(
    rows: Rows, labels: Labels, k: int, random: np.random.Generator, watch: Callable[[float], None] = lambda _: None
) -> Clusters:
    """Go on from the means of the rows under each label (n,), -1 for none; centres go elsewhere where it clearly helps.

    Where labels are fewer than k, centres are added where the error is; where they are more, those needed least go.
    """
    known = np.flatnonzero(labels >= 0)
    sums = sums_of(rows[known], labels[known], int(labels.max()) + 1)
    clusters = Clusters.around(in_memory(rows), sums.centres()[sums.counts > 0])
    while len(clusters) < k:
        clusters = inhale(clusters, min(len(clusters), k - len(clusters)), random)
    return breathe(thin(clusters, k), random, MOVED, watch)
