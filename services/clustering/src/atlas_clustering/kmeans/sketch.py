"""Rows along a few directions, which tell how far they are from a centre at least: most comparisons end there.

A sketch of a row has its coordinates Px along orthonormal directions, and the length |x⊥| of what lies beyond them.
No two rows are nearer to one another than their sketches: |x - c|² >= |Px - Pc|² + (|x⊥| - |c⊥|)², by Pythagoras and
the triangle inequality.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atlas_clustering.kmeans.blocks import Block, Floats, Matrix, Rows, stacked
from atlas_clustering.kmeans.nearest import ROUNDING, short_of_norms, squared_norms


@dataclass(frozen=True, eq=False)
class Sketches:
    """Those of all rows (n, p + 1), and the directions (d, p) along which they are."""

    rows: Rows
    directions: Floats

    @property
    def along(self) -> Rows:
        """The rows in the space of the directions (n, p)."""
        return self.rows[:, :-1]

    @property
    def are_shorter(self) -> bool:
        """Whether there is less of them than of the rows: else they tell nothing that is cheaper to know."""
        return len(self.rows.T) < len(self.directions)


def sketches(matrix: Matrix, directions: Floats) -> Sketches:
    """Those of the rows along the directions, the columns of (d, p)."""
    parts = matrix.map(partial(_sketch_block, directions=directions.astype(np.float32)))
    return Sketches(stacked(parts, (len(matrix), directions.shape[1] + 1)), directions)


def span(centres: Floats) -> Floats:
    """Directions (d, k) along which the sketches of rows tell how far they are from these centres (k, d) exactly."""
    directions: Floats = np.linalg.qr(centres.T)[0]
    return directions


def sketch_centres(centres: Floats, directions: Floats) -> Rows:
    """The same of centres (k, d), as exact as the rounding to float32 allows."""
    along = centres @ directions
    beyond = np.einsum("ij,ij->i", centres, centres) - np.einsum("ij,ij->i", along, along)
    return _joined(along, beyond)


def least_distances(rows: Rows, centres: Rows) -> Rows:
    """Squared distances (n, k) that rows have from centres at least, from the sketches of both."""
    norms, centre_norms = squared_norms(rows), squared_norms(centres)
    least = short_of_norms(rows, centres, centre_norms)
    least += (norms - _error(rows, norms, centres, centre_norms))[:, None]
    return np.maximum(least, 0.0, out=least)


def most_distances(rows: Rows, centres: Rows) -> Rows:
    """Squared distances (n,) that rows have at most, each from one centre (n, p + 1), from the sketches of both.

    As if what lies beyond the directions pointed away from one another: |x - c|² <= |Px - Pc|² + (|x⊥| + |c⊥|)².
    """
    norms, centre_norms = squared_norms(rows), squared_norms(centres)
    most: Rows = norms + centre_norms - 2.0 * np.einsum("ij,ij->i", rows, centres)
    most += 4.0 * rows[:, -1] * centres[:, -1] + _error(rows, norms, centres, centre_norms)
    return np.maximum(most, 0.0, out=most)


def _error(rows: Rows, norms: Rows, centres: Rows, centre_norms: Rows) -> Rows:
    """What float32 may get wrong of the squared distances of sketches with these squared norms (n,)."""
    wrong = ROUNDING * norms
    wrong_length = wrong / np.maximum(rows[:, -1], np.sqrt(wrong))
    error: Rows = 2.0 * wrong + ROUNDING * centre_norms.max() + 2.0 * centres[:, -1].max() * wrong_length
    return error


def _sketch_block(block: Block, directions: Rows) -> Rows:
    rows = block.load()
    along = rows @ directions
    return _joined(along, squared_norms(rows) - squared_norms(along))


def _joined(along: NDArray[Any], squared_beyond: NDArray[Any]) -> Rows:
    beyond = np.sqrt(np.maximum(squared_beyond, 0.0))
    return np.concatenate([along, beyond[:, None]], axis=1).astype(np.float32, copy=False)
