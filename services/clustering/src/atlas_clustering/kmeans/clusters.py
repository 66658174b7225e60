"""Clusters of rows, with all that is known of them: Lloyd's algorithm goes on from where they are."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from atlas_clustering.kmeans.blocks import Floats, Labels, Matrix, Rows
from atlas_clustering.kmeans.hamerly import advance, begin, drop, take_up
from atlas_clustering.kmeans.nearest import Nearest
from atlas_clustering.kmeans.sketch import Sketches
from atlas_clustering.kmeans.step import Bounds, Step
from atlas_clustering.kmeans.sums import Sums, change_of

NOWHERE = 1e-12
"""The part of the mean squared norm below which a squared distance is rounding."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """Rows under labels of k centres: what those of each block know of the centres, and the sums under each label.

    Sums are kept in float64 and in the order of the blocks, so they are the same however the matrix maps its blocks.
    Sketches of the rows, if there are any, save most distances.
    """

    matrix: Matrix
    step: Step
    bounds: list[Bounds]
    sums: Sums
    sketches: Sketches | None = None

    @classmethod
    def around(cls, matrix: Matrix, centres: Floats) -> "Clusters":
        """Rows under the nearest of the centres (k, d)."""
        step = Step.at(np.asarray(centres, np.float64))
        bounds, sums, _ = _gathered(matrix.map(partial(begin, step=step)), Sums.none(len(centres)))
        return _refilled(cls(matrix, step, bounds, sums))[0]

    @classmethod
    def under(cls, matrix: Matrix, labels: Labels, k: int) -> "Clusters":
        """Rows under these of k labels (n,), around their means; nothing is known of distances yet."""
        bounds, sums, _ = _gathered(matrix.map(partial(take_up, k=k), matrix.split(labels)), Sums.none(k))
        return cls(matrix, Step.at(sums.centres()), bounds, sums)

    def beside(self, sketches: Sketches | None) -> "Clusters":
        """The same with these sketches of the rows, if there are any."""
        directions = sketches.directions if sketches else None
        return replace(self, step=Step.at(self.centres, directions), sketches=sketches)

    def __len__(self) -> int:
        return len(self.centres)

    @property
    def centres(self) -> Floats:
        """Those that rows were compared with (k, d)."""
        return self.step.centres.exact

    @property
    def labels(self) -> Labels:
        """Those of all rows (n,)."""
        return np.concatenate([bound.labels for bound in self.bounds])

    @cached_property
    def inertia(self) -> float:
        """The sum of squared distances to the means; rounding leaves less than nothing of rows that are their means."""
        return max(self.matrix.energy - self.sums.explained(), 0.0)

    def moved(self, centres: Floats) -> tuple["Clusters", bool]:
        """The same with each centre moved there, and whether any label changed."""
        return self._after(self.step.to(centres))

    def with_more(self, centres: Rows) -> "Clusters":
        """The same with more centres (m, d)."""
        return self._after(self.step.with_more(centres))[0]

    def without(self, dropped: list[int], found: list[Nearest]) -> "Clusters":
        """The same without some of the centres, where these are the ones nearest to the rows of each block."""
        kept = np.delete(np.arange(len(self)), dropped)
        step = Step.at(self.centres[kept])
        left = self.matrix.map(partial(drop, kept=kept, step=step, k=len(self)), self.bounds, found)
        bounds, sums, _ = _gathered(left, self.sums)
        return Clusters(self.matrix, step, bounds, sums.of(kept))

    def _after(self, step: Step) -> tuple["Clusters", bool]:
        sketches = self.matrix.split(self.sketches.rows) if self.sketches else [None] * len(self.bounds)
        advanced = self.matrix.map(partial(advance, step=step), self.bounds, sketches)
        bounds, sums, changed = _gathered(advanced, self.sums.padded(len(step.centres)))
        after, filled = _refilled(replace(self, step=step, bounds=bounds, sums=sums))
        return after, changed or filled


def _gathered(results: Iterable[tuple[Bounds, Sums | None]], sums: Sums) -> tuple[list[Bounds], Sums, bool]:
    """The bounds of every block, the sums with all changes in the order of blocks, and whether there were any."""
    bounds: list[Bounds] = []
    changed = False
    for bound, change in results:
        bounds.append(bound)
        if change is not None:
            sums, changed = sums + change, True
    return bounds, sums, changed


def _refilled(clusters: Clusters) -> tuple[Clusters, bool]:
    """Each empty cluster has the row now that is farthest from its own centre, unless every row is at its centre."""
    matrix, bounds, sums = clusters.matrix, list(clusters.bounds), clusters.sums
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
    filled = sums is not clusters.sums
    return (replace(clusters, bounds=bounds, sums=sums) if filled else clusters), filled
