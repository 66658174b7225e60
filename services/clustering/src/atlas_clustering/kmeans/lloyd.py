"""Lloyd's algorithm with momentum.

Its steps are those of gradient descent (L. Bottou, Y. Bengio, "Convergence properties of the k-means algorithms", NIPS
1994) and can be quickened as those are (Y. Nesterov, "A method of solving a convex programming problem with convergence
rate O(1/k²)", 1983): centres go on beyond the means by a part of the way that the means came. Where the inertia rises,
that was too far (B. O'Donoghue, E. Candès, "Adaptive restart for accelerated gradient schemes", 2015).
"""

from collections.abc import Callable
from typing import TypeAlias

from atlas_clustering.kmeans.clusters import NOWHERE, Clusters

MOMENTUM = 0.9
"""How far centres go on, as a part of the way that their means came; halved each time that this was too far."""
LEAST_MOMENTUM = 0.01
MAX_ITERATIONS = 30_000

Watch: TypeAlias = Callable[[float], None]
"""Told the inertia after each iteration; may raise to stop."""


def lloyd(clusters: Clusters, *, tolerance: float = 0.0, watch: Watch = lambda _: None) -> Clusters:
    """Move centres until no label changes, or the inertia falls by less than this part of it.

    Without a tolerance the end is a fixed point of Lloyd's algorithm: the centres are the means of their rows.
    """
    momentum, means = MOMENTUM, clusters.sums.centres()
    for _ in range(MAX_ITERATIONS):
        came_from, means = means, clusters.sums.centres()
        beyond = momentum * (means - came_from)
        before = clusters.inertia
        clusters, changed = clusters.moved(means + beyond)
        watch(clusters.inertia)
        fall, least = before - clusters.inertia, tolerance * max(before, NOWHERE * clusters.matrix.energy)
        if fall < 0 and beyond.any():
            momentum = momentum / 2 if momentum > LEAST_MOMENTUM else 0.0
        elif (changed and fall < least) or not (changed or beyond.any()):
            break
    return clusters
