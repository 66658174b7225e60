"""Principal components from map-reduced moments: memory does not depend on the number of rows."""

from functools import partial, reduce

import numpy as np
from scipy.linalg import eigh

from atlas_clustering.kmeans.blocks import Block, Floats, Matrix, Rows, stacked
from atlas_clustering.kmeans.lloyd import Map


def components(matrix: Matrix, dimensions: int, mapper: Map = map, every: int = 1) -> tuple[Floats, Floats]:
    """The leading directions of centred rows as columns (d, dimensions), and their variances, the strongest first.

    With `every` above 1 they are those of a sample, each so many-th row.
    """
    moments: Floats = reduce(np.add, mapper(partial(_moments, every=every), matrix.blocks))
    d = len(moments)
    rows = sum(-(-len(block) // every) for block in matrix.blocks)
    variances, directions = eigh(moments / rows, subset_by_index=(max(d - dimensions, 0), d - 1))
    return directions[:, ::-1], np.maximum(variances[::-1], 0.0)


def _moments(block: Block, every: int) -> Floats:
    rows = block.load()[::every]
    return (rows.T @ rows).astype(np.float64)


def project(matrix: Matrix, directions: Floats, mapper: Map = map) -> Rows:
    """The rows in the space of the directions (n, dimensions)."""
    single = directions.astype(np.float32)
    parts = mapper(partial(_project, directions=single), matrix.blocks)
    return stacked(parts, (len(matrix), single.shape[1]))


def _project(block: Block, directions: Rows) -> Rows:
    return block.load() @ directions
