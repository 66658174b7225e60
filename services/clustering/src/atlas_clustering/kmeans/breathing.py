"""Breathing k-means: add centres where the error is, drop the least useful, and repeat with fewer.

B. Fritzke, "The breathing k-means algorithm", arXiv:2006.15666.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from atlas_clustering.kmeans.blocks import Block, Floats, Labels
from atlas_clustering.kmeans.clusters import Clusters
from atlas_clustering.kmeans.lloyd import lloyd
from atlas_clustering.kmeans.nearest import Centres, Nearest, nearest, own_distances, squared_distances

DEEPEST = 5
SETTLED = 1e-3
ROUNDING = 1e-7
NEAR = 1.1
THINNED = 0.1
"""The part of the centres that is dropped at a time, where there are too many."""


def breathe(
    start: Clusters,
    random: np.random.Generator,
    worth: float = 0.0,
    watch: Callable[[float], None] = lambda _: None,
) -> Clusters:
    """Improve a start until no breath lowers the inertia by the part `worth` of it for each of its centres."""
    best = lloyd(start, tolerance=SETTLED)
    depth = min(DEEPEST, len(start), len(start.matrix) - len(start))
    while depth:
        watch(best.inertia)
        full = lloyd(inhale(best, depth, random), tolerance=SETTLED)
        tried = lloyd(exhale(full, depth), tolerance=SETTLED)
        if tried.inertia < best.inertia * (1 - max(worth * depth, ROUNDING)):
            best = tried
        else:
            depth -= 1
    return best


def thin(clusters: Clusters, k: int) -> Clusters:
    """Without the centres needed least, dropped a few at a time with Lloyd's algorithm in between: k or fewer."""
    while len(clusters) > k:
        spread = lloyd(clusters, tolerance=SETTLED)
        clusters = exhale(spread, min(len(clusters) - k, max(1, int(len(clusters) * THINNED))))
    return clusters


def inhale(clusters: Clusters, depth: int, random: np.random.Generator) -> Clusters:
    """One more centre in each cluster with most error: a row of it, drawn by squared distance."""
    labels = clusters.labels
    away_of = partial(_away, centres=clusters.step.centres)
    away = np.concatenate(list(clusters.matrix.map(away_of, clusters.matrix.split(labels))))
    error = np.bincount(labels, away, len(clusters))
    worst = np.argsort(error)[-depth:]
    drawn = [_draw(np.where(labels == cluster, away, 0.0), random) for cluster in worst]
    return clusters.with_more(np.stack([clusters.matrix.row(row) for row in drawn]))


def _away(block: Block, labels: Labels, centres: Centres) -> Floats:
    """How far rows are from the centres of their labels (n,), squared."""
    return own_distances(block.load(), labels, centres).astype(np.float64)


def _draw(weights: Floats, random: np.random.Generator) -> int:
    cumulated = np.cumsum(weights)
    return min(int(np.searchsorted(cumulated, random.random() * cumulated[-1], side="right")), len(weights) - 1)


def exhale(clusters: Clusters, depth: int) -> Clusters:
    """Drop the centres without which the inertia grows least, but not two neighbours in one breath."""
    centres = clusters.step.centres
    found: list[Nearest] = list(clusters.matrix.map(partial(_nearest, centres=centres)))
    utility = sum(_utility(part, len(centres)) for part in found)
    distances = np.sqrt(squared_distances(centres.single, centres.single))
    np.fill_diagonal(distances, np.inf)
    reach = NEAR * distances.min(axis=1).mean()
    frozen: set[int] = set()
    dropped: list[int] = []
    for centre in np.argsort(utility):
        if len(dropped) == depth:
            break
        if centre in frozen:
            continue
        dropped.append(int(centre))
        spare = len(centres) - depth - len(frozen)
        neighbours = [
            int(n) for n in np.argsort(distances[centre]) if distances[centre, n] <= reach and n not in frozen
        ]
        frozen.update(n for n in neighbours[: max(spare, 0)] if n not in dropped)
    return clusters.without(dropped, found)


def _nearest(block: Block, centres: Centres) -> Nearest:
    return nearest(block.load(), centres)


def _utility(found: Nearest, k: int) -> Floats:
    """By how much the inertia would grow without each of k centres (k,)."""
    lost = found.second.astype(np.float64) - found.first
    utility: NDArray[np.float64] = np.bincount(found.labels, weights=lost, minlength=k).astype(np.float64)
    return utility
