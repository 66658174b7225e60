"""Features in the tables `features_<model>`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from atlas_common.errors import NotFound
from atlas_common.schemas import MODELS
from atlas_common.tables import Order, Table, Tables, one_of
from numpy.typing import NDArray

from atlas_clustering.kmeans.blocks import BLOCK_ROWS, ArrayBlock, Block, Rows
from atlas_clustering.near_duplicates import SIDE, Fingerprints, as_fingerprints
from atlas_clustering.ports import Stickers

PREFIX = "features_"
FLOAT_BYTES = 4
NEVER = datetime.min.replace(tzinfo=UTC)
KEPT_BYTES = 2**29
"""Features up to this size are kept in memory; larger ones are read anew, a block at a time, in every pass."""


class LanceShelf:
    """Every model's features at any version; workers of a cluster read them themselves, so there nothing is kept."""

    def __init__(self, tables: Tables, kept_bytes: int = KEPT_BYTES) -> None:
        self._tables = tables
        self._kept_bytes = kept_bytes

    def features(self, model: str, version: int) -> "LanceFeatures":
        table = self._tables.existing(f"{PREFIX}{model}") if model else self._newest()
        return LanceFeatures(table, version or table.version(), self._kept_bytes)

    def complete(self) -> str:
        models: list[str] = self._tables.open(MODELS).read(["model"])["model"].to_pylist()
        return max(models, key=self._begun, default="")

    def _begun(self, model: str) -> datetime:
        """When its first sticker was embedded: features that were dropped since count as the oldest."""
        try:
            table = self._tables.existing(f"{PREFIX}{model}")
        except NotFound:
            return NEVER
        return _embedded(table, Order("embedded_at"))

    def _newest(self) -> Table:
        tables = [self._tables.existing(name) for name in self._tables.names() if name.startswith(PREFIX)]
        if not tables:
            raise NotFound("no sticker has features yet", reason="no_stickers")
        return max(tables, key=lambda table: _embedded(table, Order("embedded_at", descending=True)))


class LanceFeatures:
    """One version of one table."""

    def __init__(self, table: Table, version: int, kept_bytes: int) -> None:
        self._table = table
        self._kept_bytes = kept_bytes
        self.model = table.spec.name.removeprefix(PREFIX)
        self.version = version
        vectors = [field for field in table.spec.schema if pa.types.is_fixed_size_list(field.type)]
        self.widths: Mapping[str, int] = {field.name: field.type.list_size for field in vectors}

    def pinned(self, run_id: str) -> AbstractContextManager[None]:
        return self._table.pinned(f"run-{run_id}", self.version)

    def ids(self) -> Sequence[str]:
        ids: list[str] = self._table.read(["sha256"], version=self.version)["sha256"].to_pylist()
        return ids

    def fingerprints(self, ids: Sequence[str]) -> Fingerprints:
        where = f"{one_of('sha256', ids)} AND fingerprint IS NOT NULL"
        found = self._table.read(["sha256", "fingerprint"], where, self.version)
        prints = dict(zip(found["sha256"].to_pylist(), found["fingerprint"].to_pylist(), strict=True))
        none = bytes(SIDE * SIDE)
        return as_fingerprints(prints.get(one, none) for one in ids)

    def read(self, layers: Sequence[str]) -> Stickers:
        wide = sum(self.widths[layer] for layer in layers) * FLOAT_BYTES * self._table.count(version=self.version)
        ids: list[str] = []
        unusable: list[str] = []
        blocks: list[Block] = []
        start = 0
        for names, rows in self._batches(layers, None):
            usable = np.isfinite(rows.sum(axis=1))
            for name, fit in zip(names, usable.tolist(), strict=True):
                (ids if fit else unusable).append(name)
            if usable.any():
                part = Part(start, len(rows), np.flatnonzero(usable))
                stored = LanceBlock(self._table, self.version, tuple(layers), part)
                blocks.append(ArrayBlock(rows[usable]) if wide <= self._kept_bytes else stored)
            start += len(rows)
        return Stickers(tuple(ids), blocks, tuple(unusable))

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


def _embedded(table: Table, order: Order) -> datetime:
    """When its first sticker in that order was embedded."""
    rows = table.first(1, [order], ["embedded_at"]).to_pylist()
    return rows[0]["embedded_at"] if rows else NEVER
