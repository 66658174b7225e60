"""Sums of rows by cluster, which know the centres and the inertia."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from atlas_clustering.kmeans.blocks import Floats, Labels, Rows


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


def sums_of(rows: Rows, labels: Labels, signs: Floats, k: int) -> Sums:
    """Add up the rows (n, d) of each of k labels (n,); a sign (n,) of -1 takes a row away."""
    chosen = csr_array((signs, (labels, np.arange(len(rows)))), shape=(k, len(rows)))
    return Sums(chosen @ rows.astype(np.float64), np.asarray(chosen.sum(axis=1)).astype(np.int64))
