"""What a table is, and the types that many columns have."""

from dataclasses import dataclass

import pyarrow as pa

TEXT = pa.string()
TIME = pa.timestamp("us", tz="UTC")
JSON = pa.string()


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table's name, its columns, the columns that together name a row, and the vectors that searches compare."""

    name: str
    key: tuple[str, ...]
    schema: pa.Schema
    searched: str | None = None


def table(name: str, key: tuple[str, ...], /, **columns: pa.DataType) -> TableSpec:
    """A table whose key columns hold no nulls."""
    return TableSpec(name, key, pa.schema([pa.field(n, t, nullable=n not in key) for n, t in columns.items()]))
