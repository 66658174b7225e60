"""A table of things."""

import pyarrow as pa
from atlas_common.schemas import TableSpec

SPEC = TableSpec("things", ("name",), pa.schema([pa.field("name", pa.string(), nullable=False), ("size", pa.int64())]))


def things(*names: str, size: int = 1) -> list[dict[str, object]]:
    return [{"name": name, "size": size} for name in names]
