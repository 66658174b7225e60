"""The transform of a recipe is learnt from the features in two passes that are map-reduced over their blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial, reduce

import numpy as np

from atlas_clustering.kmeans.blocks import Block, Floats, Map, Matrix, Rows
from atlas_clustering.recipes.catalogue import Recipe
from atlas_clustering.recipes.pca import components
from atlas_clustering.recipes.transform import Transform, TransformedBlock, joined

WEAK = 1e-12
"""Components with less than this part of the strongest one's variance are rounding."""
SOFT = 0.3
"""The part of a layer's mean deviation that is added to each column's, so that no column's noise is blown up."""


def learn(recipe: Recipe, blocks: Sequence[Block], widths: Mapping[str, int], mapper: Map = map) -> Transform:
    """The whole transform: means and deviations of the columns first, then their components."""
    centred = learn_columns(recipe, blocks, widths, mapper)
    matrix = Matrix([TransformedBlock(block, centred) for block in blocks], 0.0, mapper)
    directions, variances = components(matrix, recipe.dimensions)
    strong = variances > WEAK * variances[0]
    basis = directions[:, strong] / variances[strong] ** (recipe.whitening / 2)
    return replace(centred, basis=basis.astype(np.float32))


def learn_columns(recipe: Recipe, blocks: Sequence[Block], widths: Mapping[str, int], mapper: Map = map) -> Transform:
    """The transform up to its components: all columns are kept."""
    columns = tuple(widths[layer] for layer in recipe.layers)
    moments = partial(_moments, widths=columns, root=recipe.root, unit=recipe.unit)
    total: Floats = reduce(np.add, mapper(moments, blocks)) / sum(len(block) for block in blocks)
    mean = total[0]
    deviation = np.sqrt(np.maximum(total[1] - mean**2, 0.0))
    scale = _scale(recipe, deviation, columns)
    return Transform(columns, recipe.root, recipe.unit, mean.astype(np.float32), scale, None)


def _scale(recipe: Recipe, deviation: Floats, widths: Sequence[int]) -> Rows:
    """What each column is multiplied by: the weight of its layer, and what evens out the columns inside a layer."""
    layers = np.split(deviation, np.cumsum(widths)[:-1])
    scales = [
        np.full(len(layer), weight) if not recipe.evened else weight / np.sqrt(len(layer)) / _softened(layer)
        for layer, weight in zip(layers, recipe.layers.values(), strict=True)
    ]
    return np.concatenate(scales).astype(np.float32)


def _softened(deviation: Floats) -> Floats:
    softened: Floats = np.maximum(deviation + SOFT * deviation.mean(), WEAK)
    return softened


def _moments(block: Block, widths: Sequence[int], root: bool, unit: bool) -> Floats:
    """Sums of the columns, and of their squares (2, D)."""
    rows = joined(block.load(), widths, root, unit).astype(np.float64)
    return np.stack([rows.sum(axis=0), np.einsum("ij,ij->j", rows, rows)])
