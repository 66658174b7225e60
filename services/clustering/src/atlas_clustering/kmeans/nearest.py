"""Distances from rows to centres: float32 products, with float64 where two centres are too close to call."""

from dataclasses import dataclass

import numpy as np

from atlas_clustering.kmeans.blocks import Floats, Labels, Rows

ROUNDING = 2e-6
"""What float32 may get wrong in |x|² - 2xc + |c|², relative to |x|² + |c|²."""


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
    distances = rows @ (-2.0 * centres.T)
    distances += squared_norms(centres)
    distances += squared_norms(rows)[:, None]
    return np.maximum(distances, 0.0, out=distances)


def nearest(rows: Rows, centres: Floats) -> Nearest:
    """The nearest centre of each row as float64 arithmetic finds it; of equally near ones, the first."""
    single = centres.astype(np.float32)
    distances = rows @ (-2.0 * single.T)
    distances += squared_norms(single)
    norms = squared_norms(rows)
    every = np.arange(len(rows))
    labels = distances.argmin(axis=1).astype(np.int32)
    first = distances[every, labels]
    distances[every, labels] = np.inf
    second = distances.min(axis=1)
    error = ROUNDING * (norms + squared_norms(single).max())
    close = np.flatnonzero(second - first <= error)
    labels[close] = _nearest_exactly(rows[close], centres)
    return Nearest(labels, np.maximum(first + norms, 0.0), np.maximum(second + norms, 0.0), error)


def _nearest_exactly(rows: Rows, centres: Floats) -> Labels:
    products = np.einsum("ij,kj->ik", rows.astype(np.float64), centres, optimize=True)
    labels: Labels = (np.einsum("ij,ij->i", centres, centres) - 2.0 * products).argmin(axis=1).astype(np.int32)
    return labels
