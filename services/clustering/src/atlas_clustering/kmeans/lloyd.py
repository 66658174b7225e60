"""Lloyd's algorithm over blocks of rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from atlas_clustering.kmeans.blocks import Floats, Labels, Matrix
from atlas_clustering.kmeans.hamerly import Bounds, Step, advance, begin
from atlas_clustering.kmeans.sums import Sums, sums_of

Map: TypeAlias = Callable[..., Iterable[Any]]
"""The built-in `map`, or the `map` of a `concurrent.futures.Executor`."""

MAX_ITERATIONS = 30_000
NOWHERE = 1e-12
"""The part of the mean squared norm below which a squared distance is rounding."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A partition of the rows: centres (k, d) in float64, labels (n,), inertia in float64."""

    centres: Floats
    labels: Labels
    inertia: float


def lloyd(
    matrix: Matrix,
    centres: Floats,
    *,
    tolerance: float = 0.0,
    mapper: Map = map,
    watch: Callable[[float], None] = lambda _: None,
) -> Fit:
    """Move centres to the mean of their rows until no label changes, or inertia falls by less than this part of it.

    Sums are kept in float64 and in the order of the blocks, so the result is the same with any `mapper`.
    """
    step = Step(np.asarray(centres, dtype=np.float64), np.zeros(len(centres), dtype=np.float32))
    bounds, sums, _ = _gather(mapper(partial(begin, step=step), matrix.blocks), _nothing(step.centres))
    inertia = _inertia(matrix, sums)
    for _ in range(MAX_ITERATIONS):
        bounds, sums = _refill(matrix, bounds, sums)
        step = step.to(sums.centres())
        bounds, sums, changed = _gather(mapper(partial(advance, step=step), matrix.blocks, bounds), sums)
        before, inertia = inertia, _inertia(matrix, sums)
        watch(inertia)
        if not changed or before - inertia < tolerance * max(before, NOWHERE * matrix.energy):
            break
    return Fit(step.centres, np.concatenate([bound.labels for bound in bounds]), inertia)


def _inertia(matrix: Matrix, sums: Sums) -> float:
    """What the centres leave of the energy; rounding leaves less than nothing of rows that are their centres."""
    return max(matrix.energy - sums.explained(), 0.0)


def _gather(results: Iterable[tuple[Bounds, Sums | None, int]], sums: Sums) -> tuple[list[Bounds], Sums, int]:
    """The bounds of every block, the sums with all changes in the order of blocks, and how many labels changed."""
    bounds: list[Bounds] = []
    changed = 0
    for bound, change, count in results:
        bounds.append(bound)
        sums = sums if change is None else sums + change
        changed += count
    return bounds, sums, changed


def _nothing(centres: Floats) -> Sums:
    return Sums(np.zeros_like(centres), np.zeros(len(centres), np.int64))


def _refill(matrix: Matrix, bounds: list[Bounds], sums: Sums) -> tuple[list[Bounds], Sums]:
    """Give each empty cluster the row that is farthest from its own centre, unless every row is at its centre."""
    for empty in np.flatnonzero(sums.counts == 0):
        block = int(np.argmax([bound.upper.max() for bound in bounds]))
        row = int(bounds[block].upper.argmax())
        rows = matrix.blocks[block].load()[row : row + 1]
        left = bounds[block].labels[row : row + 1]
        away = float(((rows - sums.centres()[left]) ** 2).sum())
        if away <= NOWHERE * matrix.energy / len(matrix):
            break
        came = np.array([empty], dtype=np.int32)
        one, k = np.ones(1), len(sums.counts)
        sums = sums + sums_of(rows, came, one, k) + sums_of(rows, left, -one, k)
        bounds[block] = _relabelled(bounds[block], row, int(empty))
    return bounds, sums


def _relabelled(bounds: Bounds, row: int, label: int) -> Bounds:
    labels, upper, lower = bounds.labels.copy(), bounds.upper.copy(), bounds.lower.copy()
    labels[row], upper[row], lower[row] = label, 0.0, 0.0
    return Bounds(labels, upper, lower)
