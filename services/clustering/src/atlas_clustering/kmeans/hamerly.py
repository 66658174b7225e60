"""One iteration of k-means over one block of rows, with Hamerly's bounds.

G. Hamerly, "Making k-means even faster", SDM 2010: a row keeps an upper bound on the distance to its own centre and a
lower bound on the distance to every other; while they do not cross, its label stands and no distance is computed.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from atlas_clustering.kmeans.blocks import Block, Floats, Labels, Rows
from atlas_clustering.kmeans.nearest import nearest, squared_distances
from atlas_clustering.kmeans.sums import Sums, sums_of

DRIFT = np.float32(1.0 + 1e-6)
"""Room for the rounding of bounds, which are float32."""


@dataclass(frozen=True, eq=False)
class Bounds:
    """Of each row of a block (n,): its label, the distance to its centre at most, to any other centre at least."""

    labels: Labels
    upper: Rows
    lower: Rows


@dataclass(frozen=True, eq=False)
class Step:
    """The centres (k, d) of one iteration, and how far each has come since the one before (k,)."""

    centres: Floats
    shift: Rows

    def to(self, moved: Floats) -> "Step":
        """The next step, to centres that have moved there from these."""
        shift = np.sqrt(np.einsum("ij,ij->i", moved - self.centres, moved - self.centres)) * DRIFT
        return Step(moved, shift.astype(np.float32))

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


def begin(block: Block, step: Step) -> tuple[Bounds, Sums, int]:
    """The bounds and sums of rows that had no label, and how many rows those are."""
    rows = block.load()
    found = nearest(rows, step.centres)
    bounds = Bounds(
        found.labels, np.sqrt(found.first + found.error), np.sqrt(np.maximum(found.second - found.error, 0.0))
    )
    return bounds, sums_of(rows, found.labels, np.ones(len(rows)), len(step.centres)), len(rows)


def advance(block: Block, bounds: Bounds, step: Step) -> tuple[Bounds, Sums | None, int]:
    """The bounds after the step, the change of the sums, if any, and how many labels changed."""
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
