"""Distances from rows to centres: float32 products, with float64 where two centres are too close to call."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from atlas_clustering.kmeans.blocks import Floats, Labels, Rows

ROUNDING = 2e-6
"""What float32 may get wrong in |x|² - 2xc + |c|², relative to |x|² + |c|²."""


@dataclass(frozen=True, eq=False)
class Centres:
    """Centres (k, d), with what is computed from them once for all rows."""

    exact: Floats

    def __len__(self) -> int:
        return len(self.exact)

    @cached_property
    def single(self) -> Rows:
        return self.exact.astype(np.float32)

    @cached_property
    def norms(self) -> Rows:
        return squared_norms(self.single)

    @cached_property
    def exact_norms(self) -> Floats:
        norms: Floats = np.einsum("ij,ij->i", self.exact, self.exact)
        return norms

    def error(self, norms: Rows) -> Rows:
        """What float32 may get wrong of the squared distances of rows with these squared norms (n,)."""
        bound: Rows = ROUNDING * (norms + self.norms.max())
        return bound


@dataclass(frozen=True, eq=False)
class Nearest:
    """For each row its nearest centre, and the squared distances to that one and to the second nearest."""

    labels: Labels
    first: Rows
    second: Rows
    error: Rows


def squared_norms(rows: Rows) -> Rows:
    norms: Rows = np.einsum("ij,ij->i", rows, rows)
    return norms


def squared_distances(rows: Rows, centres: Rows) -> Rows:
    """Squared Euclidean distances (n, k) by the expansion |x|² - 2xc + |c|², never below zero."""
    distances = short_of_norms(rows, centres, squared_norms(centres))
    distances += squared_norms(rows)[:, None]
    return np.maximum(distances, 0.0, out=distances)


def short_of_norms(rows: Rows, centres: Rows, centre_norms: Rows) -> Rows:
    """Squared distances (n, k) short of the row's own |x|², which changes nothing in their order."""
    distances: Rows = rows @ (-2.0 * centres.T)
    distances += centre_norms
    return distances


def own_distances(rows: Rows, labels: Labels, centres: Centres) -> Rows:
    """Squared distances (n,) of rows from the centres of their labels (n,)."""
    products = np.einsum("ij,ij->i", rows, centres.single[labels])
    distances: Rows = squared_norms(rows) - 2.0 * products + centres.norms[labels]
    return np.maximum(distances, 0.0, out=distances)


def nearest(rows: Rows, centres: Centres) -> Nearest:
    """The nearest centre of each row as float64 arithmetic finds it; of equally near ones, the first."""
    distances = short_of_norms(rows, centres.single, centres.norms)
    norms = squared_norms(rows)
    every = np.arange(len(rows))
    labels = distances.argmin(axis=1).astype(np.int32)
    first = distances[every, labels]
    distances[every, labels] = np.inf
    second = distances.min(axis=1)
    error = centres.error(norms)
    close = np.flatnonzero(second - first <= error)
    labels[close] = _nearest_exactly(rows[close], centres)
    return Nearest(labels, np.maximum(first + norms, 0.0), np.maximum(second + norms, 0.0), error)


def _nearest_exactly(rows: Rows, centres: Centres) -> Labels:
    products = np.einsum("ij,kj->ik", rows.astype(np.float64), centres.exact, optimize=True)
    labels: Labels = (centres.exact_norms - 2.0 * products).argmin(axis=1).astype(np.int32)
    return labels
