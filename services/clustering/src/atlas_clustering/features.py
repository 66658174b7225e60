"""One version of the features in a table `features_<model>`, whole or a block at a time."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from atlas_common.schemas import FEATURES
from atlas_common.tables import Table, one_of
from numpy.typing import NDArray

from atlas_clustering.kmeans.blocks import BLOCK_ROWS, ArrayBlock, Block, Rows
from atlas_clustering.near_duplicates import SIDE, Fingerprints, as_fingerprints
from atlas_clustering.ports import Stickers

FLOAT_BYTES = 4


class LanceFeatures:
    """One version of one table."""

    def __init__(self, table: Table, version: int, kept_bytes: int) -> None:
        self._table = table
        self._kept_bytes = kept_bytes
        self.model = table.spec.name.removeprefix(FEATURES)
        self.version = version
        vectors = [field for field in table.spec.schema if pa.types.is_fixed_size_list(field.type)]
        self.widths: Mapping[str, int] = {field.name: field.type.list_size for field in vectors}

    def pinned(self, run_id: str) -> AbstractContextManager[None]:
        return self._table.pinned(f"run-{run_id}", self.version)

    def count(self) -> int:
        return self._table.count(version=self.version)

    def ids(self) -> Sequence[str]:
        ids: list[str] = self._table.read(["sha256"], version=self.version)["sha256"].to_pylist()
        return ids

    def fingerprints(self, numbers: NDArray[np.int64]) -> Fingerprints:
        found = self._table.take(numbers.tolist(), ["fingerprint"], self.version)["fingerprint"].to_pylist()
        return as_fingerprints(one or bytes(SIDE * SIDE) for one in found)

    def read(self, layers: Sequence[str]) -> Stickers:
        wide = sum(self.widths[layer] for layer in layers) * FLOAT_BYTES * self.count()
        ids: list[str] = []
        unusable: list[str] = []
        numbers = [np.empty(0, np.int64)]
        blocks: list[Block] = []
        start = 0
        for names, rows in self._batches(layers, None):
            usable = np.isfinite(rows.sum(axis=1))
            for name, fit in zip(names, usable.tolist(), strict=True):
                (ids if fit else unusable).append(name)
            if usable.any():
                part = Part(start, len(rows), np.flatnonzero(usable))
                numbers.append(start + part.usable)
                stored = LanceBlock(self._table, self.version, tuple(layers), part)
                blocks.append(ArrayBlock(rows[usable]) if wide <= self._kept_bytes else stored)
            start += len(rows)
        return Stickers(tuple(ids), np.concatenate(numbers), blocks, tuple(unusable))

    def select(self, ids: Sequence[str], layers: Sequence[str]) -> tuple[list[str], Rows]:
        found: list[str] = []
        usable_rows = [np.empty((0, sum(self.widths[layer] for layer in layers)), np.float32)]
        for names, rows in self._batches(layers, one_of("sha256", ids)):
            usable = np.isfinite(rows.sum(axis=1))
            found += [name for name, fit in zip(names, usable.tolist(), strict=True) if fit]
            usable_rows.append(rows[usable])
        return found, np.concatenate(usable_rows)

    def _batches(self, layers: Sequence[str], where: str | None) -> Iterator[tuple[list[str], Rows]]:
        for batch in self._table.batches(["sha256", *layers], where, self.version, BLOCK_ROWS):
            yield batch["sha256"].to_pylist(), _joined(batch, layers)


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """Some consecutive rows of a table: where they start, how many they are, and which of them are usable."""

    start: int
    count: int
    usable: NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class LanceBlock:
    """A block that is read from the table whenever it is needed."""

    table: Table
    version: int
    layers: tuple[str, ...]
    part: Part

    def __len__(self) -> int:
        return len(self.part.usable)

    def load(self) -> Rows:
        read = self.table.slice(self.part.start, self.part.count, self.layers, self.version)
        return _joined(read, self.layers)[self.part.usable]


def _joined(table: pa.Table | pa.RecordBatch, layers: Sequence[str]) -> Rows:
    return np.concatenate([_vectors(table[layer]) for layer in layers], axis=1)


def _vectors(column: pa.Array | pa.ChunkedArray) -> Rows:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    values: Rows = column.flatten().to_numpy(zero_copy_only=False)
    return values.reshape(len(column), -1)
