"""Keeps a table small and quick, however often it was written."""

from collections.abc import Callable
from datetime import timedelta
from math import isqrt

import lance
import pyarrow as pa

from atlas_common.schemas import TableSpec

FRAGMENT_BYTES = 128 * 1024 * 1024
"""How large tidying makes files. It holds a few in memory, and writes the last one anew whenever rows were added."""
INDEXED_ROWS = 10_000
"""Finding something in fewer rows needs no index."""

Latest = Callable[[], lance.LanceDataset]
"""Opens the newest version, which every step here replaces."""


def tidy(latest: Latest, spec: TableSpec, keep: timedelta) -> None:
    """Join small files, index the key and what searches compare, drop versions older than `keep` that nobody pinned."""
    latest().optimize.compact_files(
        target_rows_per_fragment=FRAGMENT_BYTES // _row_bytes(spec.schema), num_threads=1, batch_size=128
    )
    if (rows := latest().count_rows()) >= INDEXED_ROWS:
        _index(latest, spec, rows)
    latest().cleanup_old_versions(older_than=keep, error_if_tagged_old_versions=False)


def _index(latest: Latest, spec: TableSpec, rows: int) -> None:
    indexed = {field for index in latest().describe_indices() for field in index.field_names}
    for column in set(spec.key) - indexed:
        latest().create_scalar_index(column, "BTREE")
    if spec.searched and spec.searched not in indexed:
        latest().create_index(spec.searched, "IVF_SQ", metric="cosine", num_partitions=isqrt(rows))
    latest().optimize.optimize_indices()


def _row_bytes(schema: pa.Schema) -> int:
    """About how many bytes a row takes."""
    vectors: list[int] = [field.type.list_size for field in schema if pa.types.is_fixed_size_list(field.type)]
    return 4 * sum(vectors) + 64 * (len(schema) - len(vectors))
