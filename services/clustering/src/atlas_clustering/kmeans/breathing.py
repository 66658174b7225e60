"""Breathing k-means: add centres where the error is, drop the least useful, and repeat with fewer.

B. Fritzke, "The breathing k-means algorithm", arXiv:2006.15666.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from atlas_clustering.kmeans.blocks import Floats, Labels, Matrix
from atlas_clustering.kmeans.lloyd import Fit, lloyd
from atlas_clustering.kmeans.nearest import Centres, nearest, squared_distances

DEEPEST = 5
SETTLED = 1e-3
ROUNDING = 1e-7
NEAR = 1.1
THINNED = 0.1
"""The part of the centres that is dropped at a time, where there are too many."""


def breathe(
    matrix: Matrix,
    start: Floats,
    random: np.random.Generator,
    worth: float = 0.0,
    watch: Callable[[float], None] = lambda _: None,
) -> Fit:
    """Improve a start until no breath lowers the inertia by the part `worth` of it for each of its centres."""
    best = lloyd(matrix, start, tolerance=SETTLED)
    depth = min(DEEPEST, len(start), len(matrix) - len(start))
    while depth:
        watch(best.inertia)
        full = lloyd(matrix, inhale(matrix, best.centres, depth, random), tolerance=SETTLED)
        tried = lloyd(matrix, exhale(matrix, full.centres, depth), tolerance=SETTLED)
        if tried.inertia < best.inertia * (1 - max(worth * depth, ROUNDING)):
            best = tried
        else:
            depth -= 1
    return best


def thin(matrix: Matrix, centres: Floats, k: int) -> Floats:
    """The centres without those needed least, dropped a few at a time with Lloyd's algorithm in between: k or fewer."""
    while len(centres) > k:
        spread = lloyd(matrix, centres, tolerance=SETTLED).centres
        centres = exhale(matrix, spread, min(len(centres) - k, max(1, int(len(centres) * THINNED))))
    return centres


def inhale(matrix: Matrix, centres: Floats, depth: int, random: np.random.Generator) -> Floats:
    """One more centre in each cluster with most error: a row of it, drawn by squared distance."""
    worth = _worth(matrix, centres)
    worst = np.argsort(worth.error)[-depth:]
    drawn = [_draw(np.where(worth.labels == cluster, worth.distances, 0.0), random) for cluster in worst]
    return np.concatenate([centres, [matrix.row(row) for row in drawn]])


def _draw(weights: Floats, random: np.random.Generator) -> int:
    cumulated = np.cumsum(weights)
    return min(int(np.searchsorted(cumulated, random.random() * cumulated[-1], side="right")), len(weights) - 1)


def exhale(matrix: Matrix, centres: Floats, depth: int) -> Floats:
    """Drop the centres without which the inertia grows least, but not two neighbours in one breath."""
    utility = _worth(matrix, centres).utility
    distances = np.sqrt(squared_distances(centres.astype(np.float32), centres.astype(np.float32)))
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
    return np.delete(centres, dropped, axis=0)


@dataclass(frozen=True, eq=False, slots=True)
class _Worth:
    """labels, distances (n,): the nearest centre of each row, and how far it is, squared. error (k,): the sum of those.

    utility (k,): by how much the inertia would grow without a centre.
    """

    labels: Labels
    distances: Floats
    error: Floats
    utility: Floats


def _worth(matrix: Matrix, centres: Floats) -> _Worth:
    known = Centres(centres)
    found = [nearest(block.load(), known) for block in matrix.blocks]
    labels = np.concatenate([part.labels for part in found])
    first = np.concatenate([part.first for part in found]).astype(np.float64)
    second = np.concatenate([part.second for part in found])
    error: Floats = np.bincount(labels, first, len(centres)).astype(np.float64)
    without: Floats = np.bincount(labels, second, len(centres)).astype(np.float64)
    return _Worth(labels, first, error, without - error)
