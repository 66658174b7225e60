"""What tables take and give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa

Rows: TypeAlias = pa.Table | Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A row near a vector: its key, and its cosine distance (0: the same direction, 2: the opposite one)."""

    key: str
    distance: float


@dataclass(frozen=True, slots=True)
class Order:
    """A column to sort by."""

    column: str
    descending: bool = False


def first_of_each_key(table: pa.Table, key: Sequence[str]) -> pa.Table:
    """The first row of each key. An insert needs that: Lance compares rows with the table's, not with one another."""
    numbered = table.select(key).append_column("row", pa.array(range(table.num_rows), pa.int64()))
    first = numbered.group_by(list(key)).aggregate([("row", "min")])["row_min"]
    return table if len(first) == table.num_rows else table.take(first.sort())
