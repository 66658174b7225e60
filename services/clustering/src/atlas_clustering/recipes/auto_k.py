"""The number of albums, chosen by how clearly the albums stand apart."""

from collections.abc import Mapping
from concurrent.futures import Executor

import numpy as np

from atlas_clustering.kmeans.blocks import Labels, Matrix
from atlas_clustering.kmeans.nearest import nearest
from atlas_clustering.recipes.space import Space

SMALLEST_ALBUM = 4
STEPS = 12


def choose_k(space: Space, seed: int, threads: Executor) -> tuple[int, Mapping[int, float]]:
    """The k with the best simplified silhouette, and the silhouette of every k that was tried."""
    curve = {k: silhouette(space.matrix, space.albums(k, seed, threads)) for k in candidates(space.distinct())}
    return max(curve, key=lambda k: curve[k]), curve


def candidates(stickers: int) -> list[int]:
    """Numbers of albums worth trying, in equal ratios from 2 to where albums would hold four stickers on average."""
    if stickers < 2 * SMALLEST_ALBUM:
        return [1]
    most = min(stickers // SMALLEST_ALBUM, 2 * int(np.sqrt(stickers)) + 2)
    return sorted({int(k) for k in np.geomspace(2, most, STEPS).round()})


def silhouette(matrix: Matrix, labels: Labels) -> float:
    """Mean of (b - a) / max(a, b), with a and b the distances to the nearest and second-nearest centre.

    The simplified silhouette: E. Hruschka et al., "Evolutionary algorithms for clustering gene-expression data", 2004.
    """
    k = int(labels.max()) + 1
    if k < 2:
        return 0.0
    total, start = 0.0, 0
    centres = centroids(matrix, labels)
    for block in matrix.blocks:
        found = nearest(block.load(), centres)
        own, other = np.sqrt(found.first), np.sqrt(found.second)
        total += float(((other - own) / np.maximum(other, 1e-12)).sum())
        start += len(block)
    return total / start


def centroids(matrix: Matrix, labels: Labels) -> np.ndarray:
    """The mean of the rows under each label (k, d), in float64."""
    sums, start = None, 0
    for block in matrix.blocks:
        rows = block.load().astype(np.float64)
        sums = np.zeros((int(labels.max()) + 1, rows.shape[1])) if sums is None else sums
        np.add.at(sums, labels[start : start + len(rows)], rows)
        start += len(rows)
    return sums / np.maximum(np.bincount(labels), 1)[:, None]
