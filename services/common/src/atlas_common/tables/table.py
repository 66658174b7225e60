"""One Lance table: inserts by key, and reads of one exact version.

Lance commits a table with a conditional write. Its `merge_insert` alone would let two concurrent writers insert the
same new key; with the key columns marked as an (unenforced) primary key, a commit that meets such a conflict is
retried, so that a key is inserted once whoever comes first. That holds only while the merge does not read an index
of the key, so merges are told not to.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isqrt
from typing import Any, TypeAlias

import lance
import pyarrow as pa
from lance.dataset import ColumnOrdering, MergeInsertBuilder

from atlas_common.errors import NotFound
from atlas_common.schemas import TableSpec
from atlas_common.tables.failures import left_to_others, store_errors

CONFLICT_RETRIES = 100
FRAGMENT_BYTES = 128 * 1024 * 1024
"""How large tidying makes files. It holds a few in memory, and writes the last one anew whenever rows were added."""
INDEXED_ROWS = 10_000
"""Finding something in fewer rows needs no index."""
CANDIDATES = {"nprobes": 20, "refine_factor": 4}
"""How many parts of an index are searched, and how many candidates are compared exactly for each row that is wanted."""

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
            inserted: int = self._merge().execute(table)["num_inserted_rows"]
            return inserted

    def upsert(self, rows: Rows) -> None:
        """Insert the rows, and replace those whose key is in the table."""
        with store_errors(self.spec.name):
            self._merge().when_matched_update_all().execute(self._as_table(rows))

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
        """The rows that meet `where` whose vector in `column` is nearest to `vector` by cosine distance.

        Where there is an index it picks candidates, whose distances are then exact; a near row may be missed.
        """
        query = {"column": column, "q": pa.array(vector, pa.float32()), "k": limit, "metric": "cosine", **CANDIDATES}
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

    def history(self) -> list[tuple[int, datetime]]:
        """The versions that are still kept, oldest first, and when each was written."""
        with store_errors(self.spec.name):
            return [(one["version"], one["timestamp"]) for one in self._latest().versions()]  # type: ignore[misc]

    def restore(self, version: int) -> int:
        """Make what the table was then its newest version, whose number is returned; what came after is kept, too."""
        with store_errors(self.spec.name):
            self._at(version).restore()  # type: ignore[no-untyped-call]
        return self.version()

    @contextmanager
    def pinned(self, name: str, version: int) -> Iterator[None]:
        """Keep `version` through every `tidy` until the block ends. Raises `NotFound` for one that is gone.

        `name` says for what; a pin of that name that a process left behind when it died is taken over.
        """
        with store_errors(self.spec.name):
            tags = self._latest().tags
            if name in tags.list():
                tags.delete(name)
            try:
                tags.create(name, version)
            except ValueError as error:
                raise NotFound(
                    f"version {version} of table {self.spec.name} is gone: versions are kept for "
                    "ATLAS_TABLES_KEEP_SECONDS; take a newer one",
                    reason="version_gone",
                ) from error
        try:
            yield
        finally:
            with store_errors(self.spec.name):
                self._latest().tags.delete(name)

    def tidy(self, keep: timedelta) -> None:
        """Join small files, index what is looked up, and drop versions older than `keep` that nobody pinned.

        Where another process tidies at the same moment, one of the two leaves the rest for the next time.
        """
        with store_errors(self.spec.name), left_to_others():
            self._latest().optimize.compact_files(
                target_rows_per_fragment=FRAGMENT_BYTES // _row_bytes(self.spec.schema), num_threads=1, batch_size=128
            )
            if (rows := self.count()) >= INDEXED_ROWS:
                self._index(rows)
            self._latest().cleanup_old_versions(older_than=keep, error_if_tagged_old_versions=False)

    def _index(self, rows: int) -> None:
        indexed = {field for index in self._latest().describe_indices() for field in index.field_names}
        for column in set(self.spec.key) - indexed:
            self._latest().create_scalar_index(column, "BTREE")
        if self.spec.searched and self.spec.searched not in indexed:
            self._latest().create_index(self.spec.searched, "IVF_SQ", metric="cosine", num_partitions=isqrt(rows))
        self._latest().optimize.optimize_indices()

    def _merge(self) -> MergeInsertBuilder:
        merge = self._latest().merge_insert(list(self.spec.key)).when_not_matched_insert_all()
        return merge.conflict_retries(CONFLICT_RETRIES).use_index(False)

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


def _row_bytes(schema: pa.Schema) -> int:
    """About how many bytes a row takes."""
    vectors: list[int] = [field.type.list_size for field in schema if pa.types.is_fixed_size_list(field.type)]
    return 4 * sum(vectors) + 64 * (len(schema) - len(vectors))
