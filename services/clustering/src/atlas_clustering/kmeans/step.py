"""The centres of one iteration of k-means, and what rows know of their distances to them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from atlas_clustering.kmeans.blocks import Floats, Labels, Rows
from atlas_clustering.kmeans.nearest import Centres, squared_distances
from atlas_clustering.kmeans.sketch import least_distances, sketch_centres

FEW = 0.25
"""The part of the centres up to which those that have moved are few."""
DRIFT = np.float32(1.0 + 1e-6)
"""Room for the rounding of bounds, which are float32."""


@dataclass(frozen=True, eq=False)
class Bounds:
    """Of each row of a block (n,): its label, the distance to its centre at most, to any other centre at least."""

    labels: Labels
    upper: Rows
    lower: Rows

    def of(self, which: NDArray[np.intp]) -> "Bounds":
        """Those of some of the rows."""
        return Bounds(self.labels[which], self.upper[which], self.lower[which])

    def updated(self, which: NDArray[np.intp], known: "Bounds") -> "Bounds":
        """The same with other ones for some of the rows."""
        labels, upper, lower = self.labels.copy(), self.upper.copy(), self.lower.copy()
        labels[which], upper[which], lower[which] = known.labels, known.upper, known.lower
        return Bounds(labels, upper, lower)


@dataclass(frozen=True, eq=False)
class Step:
    """The centres (k, d) of one iteration, and how far each has come since the one before (k,)."""

    centres: Centres
    shift: Rows
    directions: Floats

    @classmethod
    def at(cls, centres: Floats, directions: Floats | None = None) -> "Step":
        """The first step: the centres have come no way yet. The directions are those of the rows' sketches, if any."""
        nowhere = np.zeros((centres.shape[1], 0)) if directions is None else directions
        return cls(Centres(centres), np.zeros(len(centres), np.float32), nowhere)

    def with_more(self, centres: Rows) -> "Step":
        """The next step, to these centres and more (m, d), which have come from so far that no bound tells of them."""
        shift = np.concatenate([np.zeros(len(self.shift)), np.full(len(centres), np.inf)])
        both = Centres(np.concatenate([self.centres.exact, centres]))
        return Step(both, shift.astype(np.float32), self.directions)

    def to(self, moved: Floats) -> "Step":
        """The next step, to centres that have moved there from these."""
        way = moved - self.centres.exact
        shift = np.sqrt(np.einsum("ij,ij->i", way, way)) * DRIFT
        return Step(Centres(moved), shift.astype(np.float32), self.directions)

    @cached_property
    def moved(self) -> NDArray[np.intp]:
        """The centres that have come any way at all."""
        return np.flatnonzero(self.shift)

    @property
    def few_moved(self) -> bool:
        """Whether it pays to look at these alone, which leaves what the others' bounds have lost as it is."""
        return 0 < len(self.moved) <= FEW * len(self.centres)

    @cached_property
    def looked_at(self) -> NDArray[np.intp]:
        """The few centres that have moved, or else all of them."""
        return self.moved if self.few_moved else np.arange(len(self.centres))

    @cached_property
    def sketch(self) -> Rows:
        """The sketches of the centres (k, p + 1)."""
        return sketch_centres(self.centres.exact, self.directions)

    @cached_property
    def half_gap(self) -> Rows:
        """Half of the distance from each centre to the one nearest to it, or what sketches tell of that."""
        if self.directions.shape[1]:
            squared = least_distances(self.sketch, self.sketch)
        else:
            squared = squared_distances(self.centres.single, self.centres.single)
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

    def shifted(self, bounds: Bounds) -> Bounds:
        """What the bounds of the step before still say: by how far centres have come, they are wider."""
        labels = bounds.labels
        return Bounds(labels, bounds.upper + self.shift[labels], bounds.lower - self.other_shift[labels])

    def own(self, labels: Labels) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Of rows with these labels, those whose own centre is looked at, and its place among those."""
        places = np.minimum(np.searchsorted(self.looked_at, labels), len(self.looked_at) - 1)
        rows = np.flatnonzero(self.looked_at[places] == labels)
        return rows, places[rows]

    def crossed(self, bounds: Bounds) -> NDArray[np.intp]:
        """The rows for which another centre may be nearer than their own."""
        return np.flatnonzero(bounds.upper >= np.maximum(bounds.lower, self.half_gap[bounds.labels]))
