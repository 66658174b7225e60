"""The graph of nearest neighbours, and rows drawn along it."""

import numpy as np
from scipy.sparse import csr_array, diags_array

from atlas_clustering.kmeans.blocks import BLOCK_ROWS, Rows
from atlas_clustering.kmeans.nearest import squared_distances
from atlas_clustering.recipes.transform import unit_length

LOCAL = 7
"""The neighbour whose distance is the scale of a row, as Zelnik-Manor and Perona chose it (NIPS 2004)."""


def neighbour_graph(rows: Rows, neighbours: int) -> csr_array:
    """Symmetric affinities (n, n) of near rows: exp(-d²ij / (si sj)), where s is the distance to the 7th neighbour.

    L. Zelnik-Manor and P. Perona, "Self-tuning spectral clustering", NIPS 2004.
    """
    count = min(neighbours, len(rows) - 1)
    distances, indices = nearest_rows(rows, count)
    scale = np.sqrt(distances[:, min(LOCAL, count) - 1]) + 1e-9
    weights = np.exp(-distances / (scale[:, None] * scale[indices]))
    owners = np.repeat(np.arange(len(rows)), count)
    graph = csr_array((weights.ravel(), (owners, indices.ravel())), shape=(len(rows), len(rows)))
    return (graph + graph.T) / 2


def nearest_rows(rows: Rows, count: int) -> tuple[Rows, np.ndarray]:
    """For each row the squared distances to its nearest other rows (n, count), and which those are, nearest first."""
    distances = np.empty((len(rows), count), np.float32)
    indices = np.empty((len(rows), count), np.int64)
    step = max(1, min(BLOCK_ROWS, 2**25 // len(rows)))
    for start in range(0, len(rows), step):
        block = squared_distances(rows[start : start + step], rows)
        every = np.arange(len(block))[:, None]
        block[every[:, 0], start + every[:, 0]] = np.inf
        near = np.argpartition(block, count - 1, axis=1)[:, :count]
        order = np.argsort(block[every, near], axis=1, kind="stable")
        indices[start : start + step] = near[every, order]
        distances[start : start + step] = block[every, indices[start : start + step]]
    return distances, indices


def drawn_together(rows: Rows, neighbours: int, times: int) -> Rows:
    """Rows of length one, each moved half way to the mean of its neighbours, `times` over.

    What is alike through a chain of neighbours comes close even where no two ends of the chain are.
    """
    if not times or len(rows) < 3:
        return rows
    graph = neighbour_graph(rows, neighbours)
    walk = diags_array(1.0 / np.maximum(graph.sum(axis=1), 1e-12)) @ graph
    for _ in range(times):
        rows = unit_length(((rows + walk @ rows) / 2).astype(np.float32))
    return rows
