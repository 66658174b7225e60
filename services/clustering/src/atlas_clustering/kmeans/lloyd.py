"""Lloyd's algorithm over blocks of rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from atlas_clustering.kmeans.blocks import Floats, Labels, Map, Matrix
from atlas_clustering.kmeans.hamerly import advance, begin, take_up
from atlas_clustering.kmeans.sketch import Sketches
from atlas_clustering.kmeans.step import Bounds, Step
from atlas_clustering.kmeans.sums import Sums, change_of

MAX_ITERATIONS = 30_000
NOWHERE = 1e-12
"""The part of the mean squared norm below which a squared distance is rounding."""

Watch: TypeAlias = Callable[[float], None]
"""Told the inertia after each iteration; may raise to stop."""


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
    watch: Watch = lambda _: None,
) -> Fit:
    """Move centres to the mean of their rows until no label changes, or inertia falls by less than this part of it.

    Sums are kept in float64 and in the order of the blocks, so the result is the same with any `mapper`.
    """
    step = Step.at(np.asarray(centres, dtype=np.float64))
    bounds, sums, _ = _gather(mapper(partial(begin, step=step), matrix.blocks), Sums.none(len(centres)))
    bounds, sums, _ = _refill(matrix, bounds, sums)
    return _Descent(matrix, mapper, watch).to_the_end(step, bounds, sums, tolerance)


def polish(
    matrix: Matrix,
    labels: Labels,
    k: int,
    *,
    sketches: Sketches | None = None,
    mapper: Map = map,
    watch: Watch = lambda _: None,
) -> Fit:
    """The same from a partition (n,) into k, until no label changes; sketches of the rows make it faster."""
    started = mapper(partial(take_up, k=k), matrix.blocks, matrix.split(labels))
    bounds, sums, _ = _gather(started, Sums.none(k))
    step = Step.at(sums.centres(), sketches.directions if sketches else None)
    return _Descent(matrix, mapper, watch, sketches).to_the_end(step, bounds, sums)


@dataclass(frozen=True, eq=False)
class _Descent:
    matrix: Matrix
    mapper: Map
    watch: Watch
    sketches: Sketches | None = None

    def to_the_end(self, step: Step, bounds: list[Bounds], sums: Sums, tolerance: float = 0.0) -> Fit:
        """Until no label changes, or the inertia falls by less than this part of it."""
        blocks = self.matrix.blocks
        sketches = self.matrix.split(self.sketches.rows) if self.sketches else [None] * len(blocks)
        inertia = _inertia(self.matrix, sums)
        for _ in range(MAX_ITERATIONS):
            step = step.to(sums.centres())
            advanced = self.mapper(partial(advance, step=step), blocks, bounds, sketches)
            bounds, sums, changed = _gather(advanced, sums)
            bounds, sums, filled = _refill(self.matrix, bounds, sums)
            before, inertia = inertia, _inertia(self.matrix, sums)
            self.watch(inertia)
            falls = before - inertia >= tolerance * max(before, NOWHERE * self.matrix.energy)
            if not (changed or filled) or not falls:
                break
        return Fit(step.centres.exact, np.concatenate([bound.labels for bound in bounds]), inertia)


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


def _refill(matrix: Matrix, bounds: list[Bounds], sums: Sums) -> tuple[list[Bounds], Sums, int]:
    """Give each empty cluster the row that is farthest from its own centre, unless every row is at its centre."""
    filled = 0
    for empty in np.flatnonzero(sums.counts == 0):
        block = int(np.argmax([bound.upper.max() for bound in bounds]))
        which = np.array([bounds[block].upper.argmax()])
        rows, left = matrix.blocks[block].load()[which], bounds[block].labels[which]
        away = float(((rows - sums.centres()[left]) ** 2).sum())
        if away <= NOWHERE * matrix.energy / len(matrix):
            break
        came, there = np.array([empty], np.int32), np.zeros(1, np.float32)
        sums += change_of(rows, left, came, len(sums.counts))
        bounds[block] = bounds[block].updated(which, Bounds(came, there, there))
        filled += 1
    return bounds, sums, filled
