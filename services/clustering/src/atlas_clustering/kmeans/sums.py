"""Sums of rows by cluster, which know the centres and the inertia."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from atlas_clustering.kmeans.blocks import Floats, Labels, Rows

COLUMNS = 256
"""So many are added up at a time: what is made float64 of a block stays in the cache."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Per cluster: the sum of its rows (k, d) and their number (k,)."""

    rows: Floats
    counts: NDArray[np.int64]

    @classmethod
    def none(cls, k: int) -> "Sums":
        """Those of no rows, whatever their dimensions: one column, which adds to any number of them."""
        return cls(np.zeros((k, 1)), np.zeros(k, np.int64))

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.rows + other.rows, self.counts + other.counts)

    def of(self, which: NDArray[np.intp]) -> "Sums":
        """Those of some of the clusters."""
        return Sums(self.rows[which], self.counts[which])

    def padded(self, k: int) -> "Sums":
        """The same with clusters of no rows, up to so many."""
        more = k - len(self.counts)
        return Sums(np.pad(self.rows, ((0, more), (0, 0))), np.pad(self.counts, (0, more))) if more else self

    def centres(self) -> Floats:
        return self.rows / np.maximum(self.counts, 1)[:, None]

    def explained(self) -> float:
        """The part of the energy that the centres account for: energy minus inertia."""
        return float(np.sum(np.einsum("ij,ij->i", self.rows, self.rows) / np.maximum(self.counts, 1)))


def sums_of(rows: Rows, labels: Labels, k: int) -> Sums:
    """Add up the rows (n, d) under each of k labels (n,)."""
    parts = np.split(rows, range(COLUMNS, rows.shape[1], COLUMNS), axis=1)
    sums = [_signed(part, labels[:, None], np.ones(1), k) for part in parts]
    return Sums(np.hstack([part.rows for part in sums]), sums[0].counts)


def change_of(rows: Rows, left: Labels, came: Labels, k: int) -> Sums:
    """What sums change by when rows (n, d) leave some labels (n,) and come to others (n,)."""
    return _signed(rows, np.stack([left, came], axis=1), np.array([-1.0, 1.0]), k)


def _signed(rows: Rows, labels: NDArray[np.int32], signs: Floats, k: int) -> Sums:
    """Sums of rows under the labels of each (n, m), with the signs (m,) of these."""
    n, m = labels.shape
    chosen = csc_array((np.tile(signs, n), labels.ravel(), np.arange(0, n * m + 1, m)), shape=(k, n))
    return Sums(chosen @ rows.astype(np.float64), np.asarray(chosen.sum(axis=1)).astype(np.int64))
