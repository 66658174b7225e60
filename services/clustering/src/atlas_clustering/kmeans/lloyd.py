"""Lloyd's algorithm over blocks of rows, with Hamerly's bounds.

G. Hamerly, "Making k-means even faster", SDM 2010: a row keeps an upper bound on the distance to its own centre and a
lower bound on the distance to every other; while they do not cross, its label stands and no distance is computed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from atlas_clustering.kmeans.blocks import Block, Floats, Labels, Matrix, Rows
from atlas_clustering.kmeans.nearest import nearest, squared_distances

Map: TypeAlias = Callable[..., Iterable[Any]]
"""The built-in `map`, or the `map` of a `concurrent.futures.Executor`."""

MAX_ITERATIONS = 30_000
DRIFT = np.float32(1.0 + 1e-6)
"""Room for the rounding of bounds, which are float32."""
NOWHERE = 1e-12
"""The part of the mean squared norm below which a squared distance is rounding."""


@dataclass(frozen=True, eq=False)
class Bounds:
    """Of the rows of one block: the label, the distance to its centre at most, to any other centre at least."""

    labels: Labels
    upper: Rows
    lower: Rows


@dataclass(frozen=True, eq=False)
class Sums:
    """Per cluster: the sum of its rows (k, d) and their number (k,)."""

    rows: Floats
    counts: NDArray[np.int64]

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.rows + other.rows, self.counts + other.counts)

    def centres(self) -> Floats:
        return self.rows / np.maximum(self.counts, 1)[:, None]

    def explained(self) -> float:
        """The part of the energy that the centres account for: energy minus inertia."""
        return float(np.sum(np.einsum("ij,ij->i", self.rows, self.rows) / np.maximum(self.counts, 1)))


@dataclass(frozen=True, eq=False)
class Step:
    """The centres of one iteration, and how far each has come since the one before."""

    centres: Floats
    shift: Rows

    @cached_property
    def single(self) -> Rows:
        return self.centres.astype(np.float32)

    @cached_property
    def half_gap(self) -> Rows:
        """Half of the distance from each centre to the one nearest to it."""
        squared = squared_distances(self.single, self.single)
        np.fill_diagonal(squared, np.inf)
        half: Rows = np.sqrt(squared.min(axis=1)) / (2.0 * DRIFT)
        return half

    @cached_property
    def other_shift(self) -> Rows:
        """For each cluster, the farthest that any other centre has come."""
        order = np.argsort(self.shift)
        farthest = np.full_like(self.shift, self.shift[order[-1]])
        farthest[order[-1]] = self.shift[order[-2]] if len(order) > 1 else 0.0
        return farthest


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
    first = Step(np.asarray(centres, dtype=np.float64), np.zeros(len(centres), dtype=np.float32))
    bounds, sums, _ = _gather(mapper(partial(_begin, step=first), matrix.blocks), _nothing(first.centres))
    step = first
    inertia = matrix.energy - sums.explained()
    for _ in range(MAX_ITERATIONS):
        bounds, sums = _refill(matrix, bounds, sums)
        moved = sums.centres()
        shift = np.sqrt(np.einsum("ij,ij->i", moved - step.centres, moved - step.centres)) * DRIFT
        step = Step(moved, shift.astype(np.float32))
        bounds, sums, changed = _gather(mapper(partial(_advance, step=step), matrix.blocks, bounds), sums)
        before, inertia = inertia, matrix.energy - sums.explained()
        watch(inertia)
        if not changed or before - inertia < tolerance * before:
            break
    return Fit(step.centres, np.concatenate([bound.labels for bound in bounds]), inertia)


def _begin(block: Block, step: Step) -> tuple[Bounds, Sums, int]:
    rows = block.load()
    found = nearest(rows, step.centres)
    bounds = Bounds(
        found.labels, np.sqrt(found.first + found.error), np.sqrt(np.maximum(found.second - found.error, 0.0))
    )
    return bounds, sums_of(rows, found.labels, np.ones(len(rows)), len(step.centres)), len(rows)


def _advance(block: Block, bounds: Bounds, step: Step) -> tuple[Bounds, Sums | None, int]:
    labels = bounds.labels
    upper = bounds.upper + step.shift[labels]
    lower = bounds.lower - step.other_shift[labels]
    barrier = np.maximum(lower, step.half_gap[labels])
    open_rows = np.flatnonzero(upper >= barrier)
    if not len(open_rows):
        return Bounds(labels, upper, lower), None, 0
    rows = block.load()[open_rows]
    found = nearest(rows, step.centres)
    upper[open_rows] = np.sqrt(found.first + found.error)
    lower[open_rows] = np.sqrt(np.maximum(found.second - found.error, 0.0))
    changed = np.flatnonzero(found.labels != labels[open_rows])
    if not len(changed):
        return Bounds(labels, upper, lower), None, 0
    came, left = found.labels[changed], labels[open_rows[changed]]
    moved, ones, k = rows[changed], np.ones(len(changed)), len(step.centres)
    labels = labels.copy()
    labels[open_rows[changed]] = came
    return Bounds(labels, upper, lower), sums_of(moved, came, ones, k) + sums_of(moved, left, -ones, k), len(changed)


def sums_of(rows: Rows, labels: Labels, signs: Floats, k: int) -> Sums:
    chosen = csr_array((signs, (labels, np.arange(len(rows)))), shape=(k, len(rows)))
    return Sums(chosen @ rows.astype(np.float64), np.asarray(chosen.sum(axis=1)).astype(np.int64))


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
