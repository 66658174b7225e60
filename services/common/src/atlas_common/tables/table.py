"""One Lance table: inserts by key, and reads of one exact version.

Lance commits a table with a conditional write. Its `merge_insert` alone would let two concurrent writers insert the
same new key; with the key columns marked as an (unenforced) primary key, a commit that meets such a conflict is
retried, so that a key is inserted once whoever comes first.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

import lance
import pyarrow as pa
from lance.dataset import ColumnOrdering

from atlas_common.schemas import TableSpec
from atlas_common.tables.failures import store_errors

CONFLICT_RETRIES = 100

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


class Table:
    """One table. Methods block, and may be called from several threads at once. All raise `Unavailable`."""

    def __init__(self, spec: TableSpec, dataset: lance.LanceDataset) -> None:
        self.spec = spec
        self._dataset = dataset

    def insert(self, rows: Rows) -> int:
        """Insert the rows whose key is not in the table yet, in one atomic commit; how many those were.

        Of rows with the same key the first is taken.
        """
        table = _first_of_each_key(self._as_table(rows), self.spec.key)
        if not table.num_rows:
            return 0
        with store_errors(self.spec.name):
            merge = self._latest().merge_insert(list(self.spec.key)).when_not_matched_insert_all()
            inserted: int = merge.conflict_retries(CONFLICT_RETRIES).execute(table)["num_inserted_rows"]
            return inserted

    def upsert(self, rows: Rows) -> None:
        """Insert the rows, and replace those whose key is in the table."""
        with store_errors(self.spec.name):
            merge = self._latest().merge_insert(list(self.spec.key))
            merge = merge.when_matched_update_all().when_not_matched_insert_all()
            merge.conflict_retries(CONFLICT_RETRIES).execute(self._as_table(rows))

    def delete(self, condition: str) -> None:
        with store_errors(self.spec.name):
            self._latest().delete(condition)

    def read(self, columns: Iterable[str] | None = None, where: str | None = None, version: int = 0) -> pa.Table:
        """The rows that meet `where` (SQL), at `version`, or as they are now."""
        with store_errors(self.spec.name):
            return self._at(version).to_table(columns=_listed(columns), filter=where)

    def batches(
        self, columns: Iterable[str] | None = None, where: str | None = None, version: int = 0, rows: int = 1024
    ) -> Iterator[pa.RecordBatch]:
        """As `read`, in batches of at most `rows` rows, so that memory does not grow with the table."""
        with store_errors(self.spec.name):
            yield from self._at(version).to_batches(columns=_listed(columns), filter=where, batch_size=rows)

    def slice(self, start: int, count: int, columns: Iterable[str] | None = None, version: int = 0) -> pa.Table:
        """Rows in the order of `batches`, from number `start` on."""
        with store_errors(self.spec.name):
            return self._at(version).to_table(columns=_listed(columns), offset=start, limit=count)

    def first(
        self,
        limit: int,
        order: Sequence[Order],
        columns: Iterable[str] | None = None,
        where: str | None = None,
        version: int = 0,
    ) -> pa.Table:
        """The first `limit` rows, sorted, of those that meet `where`."""
        sort = [ColumnOrdering(by.column, ascending=not by.descending) for by in order]
        with store_errors(self.spec.name):
            return self._at(version).to_table(columns=_listed(columns), filter=where, limit=limit, order_by=sort)

    def nearest(self, column: str, vector: Sequence[float], limit: int, where: str | None = None) -> list[Neighbour]:
        """The rows that meet `where` whose vector in `column` is nearest to `vector` by cosine distance."""
        query = {"column": column, "q": pa.array(vector, pa.float32()), "k": limit, "metric": "cosine"}
        key, *_ = self.spec.key
        with store_errors(self.spec.name):
            found = self._latest().to_table(columns=[key, "_distance"], nearest=query, filter=where, prefilter=True)
            return [Neighbour(row[key], row["_distance"]) for row in found.to_pylist()]

    def count(self, where: str | None = None, version: int = 0) -> int:
        with store_errors(self.spec.name):
            count: int = self._at(version).count_rows(filter=where)
            return count

    def version(self) -> int:
        """The newest version; versions only grow."""
        with store_errors(self.spec.name):
            version: int = self._latest().version
            return version

    def pin(self, name: str, version: int) -> None:
        """Keep `version` through every `tidy`."""
        with store_errors(self.spec.name):
            dataset = self._latest()
            if name not in dataset.tags.list():
                dataset.tags.create(name, version)

    def tidy(self, keep: timedelta) -> None:
        """Join small files, and drop versions older than `keep` that nobody pinned."""
        with store_errors(self.spec.name):
            dataset = self._latest()
            dataset.optimize.compact_files()
            dataset.cleanup_old_versions(older_than=keep, error_if_tagged_old_versions=False)

    def _as_table(self, rows: Rows) -> pa.Table:
        if isinstance(rows, pa.Table):
            return rows.cast(self.spec.schema)
        return pa.Table.from_pylist(list(rows), schema=self.spec.schema)

    def _latest(self) -> lance.LanceDataset:
        # A new handle: checkout_latest() and writes change one in place, which fails while another thread uses it.
        return self._dataset.checkout_version(self._dataset.latest_version)

    def _at(self, version: int) -> lance.LanceDataset:
        return self._dataset.checkout_version(version) if version else self._latest()


def _first_of_each_key(table: pa.Table, key: Sequence[str]) -> pa.Table:
    """Lance compares rows with the table's, not with one another."""
    numbered = table.select(key).append_column("row", pa.array(range(table.num_rows), pa.int64()))
    first = numbered.group_by(list(key)).aggregate([("row", "min")])["row_min"]
    return table if len(first) == table.num_rows else table.take(first.sort())


def _listed(columns: Iterable[str] | None) -> list[str] | None:
    return None if columns is None else list(columns)
