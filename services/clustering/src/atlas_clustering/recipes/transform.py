"""From features to the space in which stickers are compared."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from atlas_clustering.kmeans.blocks import Block, Map, Matrix, Rows, energy_of

TINY = np.float32(1e-12)


@dataclass(frozen=True, eq=False)
class Transform:
    """Layers are rooted, scaled to length one and joined; columns are centred and scaled; components are scaled to one.

    widths: columns of each layer, in order. root, unit: whether. mean, scale (D,). basis (D, d), or None for all D.
    """

    widths: tuple[int, ...]
    root: bool
    unit: bool
    mean: Rows
    scale: Rows
    basis: Rows | None

    @property
    def dimensions(self) -> int:
        """d, the columns of the space."""
        return len(self.mean) if self.basis is None else self.basis.shape[1]

    def __call__(self, features: Rows) -> Rows:
        """Features with the layers side by side (n, D) to the space of the recipe (n, d)."""
        rows: Rows = (joined(features, self.widths, self.root, self.unit) - self.mean) * self.scale
        if self.basis is None:
            return rows
        rows = rows @ self.basis
        return unit_length(rows) if self.unit else rows

    def to_bytes(self) -> bytes:
        file = io.BytesIO()
        basis = np.zeros((0, 0), np.float32) if self.basis is None else self.basis
        flags = (self.root, self.unit)
        np.savez(file, widths=self.widths, flags=flags, mean=self.mean, scale=self.scale, basis=basis)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Transform":
        with np.load(io.BytesIO(content)) as stored:
            root, unit = stored["flags"].tolist()
            basis = stored["basis"] if stored["basis"].size else None
            return cls(tuple(stored["widths"].tolist()), root, unit, stored["mean"], stored["scale"], basis)


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
    return Matrix(rows, sum(mapper(_energy, rows)), mapper)


def joined(features: Rows, widths: Sequence[int], root: bool, unit: bool) -> Rows:
    """The layers side by side (n, D), each rooted and scaled to length one where asked for."""
    rows = np.sqrt(np.maximum(features, 0.0)) if root else features
    if not unit:
        return rows
    return np.concatenate([unit_length(layer) for layer in np.split(rows, np.cumsum(widths)[:-1], axis=1)], axis=1)


def unit_length(rows: Rows) -> Rows:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True).astype(np.float32)
    return np.asarray(rows / np.maximum(lengths, TINY), np.float32)


def _energy(block: Block) -> float:
    return energy_of(block.load())
