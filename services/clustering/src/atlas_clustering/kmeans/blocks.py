"""A matrix whose rows are read a block at a time, so that memory does not depend on how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[np.float32]
Labels: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float64]

BLOCK_ROWS = 4096


class Block(Protocol):
    """Some consecutive rows of a matrix; on Dask it travels to a worker and loads there."""

    def __len__(self) -> int: ...

    def load(self) -> Rows: ...


@dataclass(frozen=True, eq=False)
class ArrayBlock:
    """A block that is already in memory."""

    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def load(self) -> Rows:
        return self.rows


@dataclass(frozen=True, eq=False)
class Matrix:
    """Centred rows in blocks, with the sum of their squared norms (float64)."""

    blocks: Sequence[Block]
    energy: float

    def __len__(self) -> int:
        return sum(len(block) for block in self.blocks)

    def row(self, index: int) -> Rows:
        for block in self.blocks:
            if index < len(block):
                row: Rows = block.load()[index]
                return row
            index -= len(block)
        raise IndexError(index)


def energy_of(rows: Rows) -> float:
    """The sum of squared norms, in float64."""
    return float(sum(np.einsum("ij,ij->", part, part, dtype=np.float64) for part in _cut(rows)))


def in_memory(rows: Rows) -> Matrix:
    """Cut centred rows into blocks; the cut depends on nothing else, so sums are the same on any number of threads."""
    return Matrix([ArrayBlock(part) for part in _cut(rows)], energy_of(rows))


def _cut(rows: Rows) -> list[Rows]:
    return [rows[start : start + BLOCK_ROWS] for start in range(0, len(rows), BLOCK_ROWS)]
