"""From features to the space in which stickers are compared."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce

import numpy as np

from atlas_clustering.kmeans.blocks import Block, Floats, Matrix, Rows, energy_of
from atlas_clustering.kmeans.lloyd import Map
from atlas_clustering.kmeans.pca import components
from atlas_clustering.recipes.catalogue import Recipe

TINY = 1e-12


@dataclass(frozen=True, eq=False)
class Transform:
    """Layers are rooted, scaled and joined, the mean is taken off, and whitened components are scaled to length one.

    parts: each layer's number of columns and weight, in order. mean (D,). basis (D, d), or None to keep all D columns.
    """

    parts: tuple[tuple[int, float], ...]
    root: bool
    unit: bool
    mean: Rows
    basis: Rows | None

    def __call__(self, features: Rows) -> Rows:
        """Features with the layers side by side (n, D) to the space of the recipe (n, d)."""
        rows: Rows = _joined(features, self) - self.mean
        if self.basis is None:
            return rows
        rows = rows @ self.basis
        return unit_length(rows) if self.unit else rows

    def to_bytes(self) -> bytes:
        file = io.BytesIO()
        widths, weights = zip(*self.parts, strict=True)
        basis = np.zeros((0, 0), np.float32) if self.basis is None else self.basis
        flags = np.array([self.root, self.unit])
        np.savez(file, widths=widths, weights=weights, flags=flags, mean=self.mean, basis=basis)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Transform":
        with np.load(io.BytesIO(content)) as stored:
            parts = tuple(zip(stored["widths"].tolist(), stored["weights"].tolist(), strict=True))
            root, unit = stored["flags"].tolist()
            return cls(parts, root, unit, stored["mean"], stored["basis"] if stored["basis"].size else None)


def learn(recipe: Recipe, blocks: Sequence[Block], widths: Mapping[str, int], mapper: Map = map) -> Transform:
    """The transform of a recipe, from two passes over the features: mean, then moments."""
    centred = learn_mean(recipe, blocks, widths, mapper)
    matrix = Matrix([TransformedBlock(block, centred) for block in blocks], 0.0)
    directions, variances = components(matrix, recipe.dimensions, mapper)
    strong = variances > TINY * variances[0]
    basis = directions[:, strong] / variances[strong] ** (recipe.whitening / 2)
    return replace(centred, basis=basis.astype(np.float32))


def learn_mean(recipe: Recipe, blocks: Sequence[Block], widths: Mapping[str, int], mapper: Map = map) -> Transform:
    """The transform of a recipe up to its components: all columns are kept."""
    parts = tuple((widths[layer], weight) for layer, weight in recipe.layers.items())
    raw = Transform(parts, recipe.root, recipe.unit, np.zeros(sum(width for width, _ in parts), np.float32), None)
    rows = sum(len(block) for block in blocks)
    total: Floats = reduce(np.add, mapper(partial(_sum, transform=raw), blocks))
    return replace(raw, mean=(total / rows).astype(np.float32))


@dataclass(frozen=True, eq=False)
class TransformedBlock:
    """A block of features that loads as rows in the space of a transform."""

    block: Block
    transform: Transform

    def __len__(self) -> int:
        return len(self.block)

    def load(self) -> Rows:
        return self.transform(self.block.load())


def transformed(blocks: Sequence[Block], transform: Transform, mapper: Map = map) -> Matrix:
    """The features in the space of the transform, made anew whenever a block is read."""
    rows = [TransformedBlock(block, transform) for block in blocks]
    return Matrix(rows, sum(mapper(_energy, rows)))


def unit_length(rows: Rows) -> Rows:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True).astype(np.float32)
    return np.asarray(rows / np.maximum(lengths, np.float32(TINY)), np.float32)


def _joined(features: Rows, transform: Transform) -> Rows:
    joined: Rows = np.sqrt(np.maximum(features, 0.0)) if transform.root else features.copy()
    start = 0
    for width, weight in transform.parts:
        layer = joined[:, start : start + width]
        if transform.unit:
            layer[:] = unit_length(layer)
        layer *= np.float32(weight)
        start += width
    return joined


def _sum(block: Block, transform: Transform) -> Floats:
    total: Floats = transform(block.load()).sum(axis=0, dtype=np.float64)
    return total


def _energy(block: Block) -> float:
    return energy_of(block.load())
