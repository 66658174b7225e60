"""Features in the tables `features_<model>`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from atlas_common.errors import NotFound
from atlas_common.tables import Order, Table, Tables, one_of

from atlas_clustering.kmeans.blocks import BLOCK_ROWS, ArrayBlock, Rows
from atlas_clustering.ports import Stickers

PREFIX = "features_"


class LanceShelf:
    """Every model's features at any version."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def features(self, model: str, version: int) -> "LanceFeatures":
        table = self._tables.existing(f"{PREFIX}{model}") if model else self._newest()
        return LanceFeatures(table, version or table.version())

    def _newest(self) -> Table:
        tables = [self._tables.existing(name) for name in self._tables.names() if name.startswith(PREFIX)]
        if not tables:
            raise NotFound("no sticker has features yet", reason="no_stickers")
        return max(tables, key=_last_embedded)


class LanceFeatures:
    """One version of one table."""

    def __init__(self, table: Table, version: int) -> None:
        self._table = table
        self.model = table.spec.name.removeprefix(PREFIX)
        self.version = version
        vectors = [field for field in table.spec.schema if pa.types.is_fixed_size_list(field.type)]
        self.widths: Mapping[str, int] = {field.name: field.type.list_size for field in vectors}

    def ids(self) -> Sequence[str]:
        ids: list[str] = self._table.read(["sha256"], version=self.version)["sha256"].to_pylist()
        return ids

    def read(self, layers: Sequence[str]) -> Stickers:
        return _stickers(self._batches(layers, None))

    def select(self, ids: Sequence[str], layers: Sequence[str]) -> Stickers:
        return _stickers(self._batches(layers, one_of("sha256", ids)))

    def _batches(self, layers: Sequence[str], where: str | None) -> Iterator[tuple[list[str], Rows]]:
        for batch in self._table.batches(["sha256", *layers], where, self.version, BLOCK_ROWS):
            columns = [_vectors(batch[layer]) for layer in layers]
            yield batch["sha256"].to_pylist(), np.concatenate(columns, axis=1)


def _stickers(batches: Iterator[tuple[list[str], Rows]]) -> Stickers:
    ids: list[str] = []
    unusable: list[str] = []
    blocks: list[ArrayBlock] = []
    for names, rows in batches:
        usable = np.isfinite(rows.sum(axis=1))
        ids += [name for name, fit in zip(names, usable.tolist(), strict=True) if fit]
        unusable += [name for name, fit in zip(names, usable.tolist(), strict=True) if not fit]
        blocks.append(ArrayBlock(rows[usable]))
    return Stickers(tuple(ids), [block for block in blocks if len(block)], tuple(unusable))


def _vectors(column: pa.Array) -> Rows:
    values: Rows = column.flatten().to_numpy(zero_copy_only=False)
    return values.reshape(len(column), -1)


def _last_embedded(table: Table) -> datetime:
    rows = table.first(1, [Order("embedded_at", descending=True)], ["embedded_at"]).to_pylist()
    return rows[0]["embedded_at"] if rows else datetime.min.replace(tzinfo=UTC)
