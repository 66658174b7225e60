"""Principal components from map-reduced moments: memory does not depend on the number of rows."""

from functools import reduce

import numpy as np
from scipy.linalg import eigh

from atlas_clustering.kmeans.blocks import Block, Floats, Matrix


def components(matrix: Matrix, dimensions: int) -> tuple[Floats, Floats]:
    """The leading directions of centred rows as columns (d, dimensions), and their variances, the strongest first."""
    moments: Floats = reduce(np.add, matrix.map(_moments))
    d = len(moments)
    variances, directions = eigh(moments / len(matrix), subset_by_index=(max(d - dimensions, 0), d - 1))
    return directions[:, ::-1], np.maximum(variances[::-1], 0.0)


def _moments(block: Block) -> Floats:
    rows = block.load()
    return (rows.T @ rows).astype(np.float64)
