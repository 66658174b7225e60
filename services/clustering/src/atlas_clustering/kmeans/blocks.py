"""A matrix whose rows are read a block at a time, so that memory does not depend on how many there are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[np.float32]
Labels: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float64]

Map: TypeAlias = Callable[..., Iterable[Any]]
"""The built-in `map`, or the `map` of a `concurrent.futures.Executor`."""

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
    """Centred rows in blocks, the sum of their squared norms (float64), and what maps functions over blocks."""

    blocks: Sequence[Block]
    energy: float
    mapper: Map = map

    def __len__(self) -> int:
        return sum(len(block) for block in self.blocks)

    def map(self, function: Callable[..., Any], *per_block: Sequence[Any]) -> Iterable[Any]:
        """What a function makes of each block, and of what else there is for each, in their order."""
        return self.mapper(function, self.blocks, *per_block)

    def split(self, per_row: NDArray[Any]) -> list[NDArray[Any]]:
        """What there is of each row (n, ...) in the parts that belong to the blocks."""
        return np.split(per_row, np.cumsum([len(block) for block in self.blocks])[:-1])

    def row(self, index: int) -> Rows:
        for block in self.blocks:
            if index < len(block):
                row: Rows = block.load()[index]
                return row
            index -= len(block)
        raise IndexError(index)


def energy_of(rows: Rows) -> float:
    """The sum of squared norms, in float64."""
    return float(sum(np.einsum("ij,ij->", part, part, dtype=np.float64) for part in cut(rows)))


def in_memory(rows: Rows, mapper: Map = map) -> Matrix:
    """Cut centred rows into blocks; the cut depends on nothing else, so sums are the same on any number of threads."""
    return Matrix([ArrayBlock(part) for part in cut(rows)], energy_of(rows), mapper)


def cut(rows: Rows) -> list[Rows]:
    """Consecutive parts of at most `BLOCK_ROWS` rows."""
    return [rows[start : start + BLOCK_ROWS] for start in range(0, len(rows), BLOCK_ROWS)]


def stacked(parts: Iterable[Rows], shape: tuple[int, int]) -> Rows:
    """The parts below one another; each can be let go once it is copied, so that memory does not hold them twice."""
    whole = np.empty(shape, np.float32)
    start = 0
    for part in parts:
        whole[start : start + len(part)] = part
        start += len(part)
    return whole


def distinct(rows: Rows, enough: int) -> int:
    """How many of the rows differ, counted up to `enough`: of many rows the first mostly suffice."""
    looked = 2 * enough
    while (found := len(np.unique(rows[:looked], axis=0))) < enough and looked < len(rows):
        looked *= 2
    return min(found, enough)
