"""One Lance table: inserts by key, and reads of one exact version.

Lance commits a table with a conditional write. Its `merge_insert` alone would let two concurrent writers insert the
same new key; with the key columns marked as an (unenforced) primary key, a commit that meets such a conflict is
retried, so that a key is inserted once whoever comes first. That holds only while the merge does not read an index
of the key, so merges are told not to.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import lance
import pyarrow as pa
from lance.dataset import ColumnOrdering, MergeInsertBuilder

from atlas_common.errors import NotFound
from atlas_common.schemas import TableSpec
from atlas_common.tables.failures import left_to_others, store_errors
from atlas_common.tables.rows import Neighbour, Order, Rows, first_of_each_key
from atlas_common.tables.tidying import tidy

CONFLICT_RETRIES = 100
READ_AHEAD_BYTES = 2**26
"""Read ahead of whoever goes through batches; left alone, it is gibibytes."""
CANDIDATES = {"nprobes": 20, "refine_factor": 4}
"""How many parts of an index are searched, and how many candidates are compared exactly for each row that is wanted."""


class Table:
    """One table. Methods block, and may be called from several threads at once. All raise `Unavailable`."""

    def __init__(self, spec: TableSpec, dataset: lance.LanceDataset) -> None:
        self.spec = spec
        self._dataset = dataset

    def insert(self, rows: Rows) -> int:
        """Insert the rows whose key is not in the table yet, in one atomic commit; how many those were.

        Of rows with the same key the first is taken.
        """
        table = first_of_each_key(self._as_table(rows), self.spec.key)
        if not table.num_rows:
            return 0
        with store_errors(self.spec.name):
            inserted: int = self._merge().execute(table)["num_inserted_rows"]
            return inserted

    def delete(self, condition: str) -> None:
        """Delete the rows that meet the condition (SQL)."""
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
            yield from self._at(version).to_batches(
                columns=_listed(columns), filter=where, batch_size=rows, io_buffer_size=READ_AHEAD_BYTES
            )

    def slice(self, start: int, count: int, columns: Iterable[str] | None = None, version: int = 0) -> pa.Table:
        """Rows in the order of `batches`, from number `start` on."""
        with store_errors(self.spec.name):
            return self._at(version).to_table(columns=_listed(columns), offset=start, limit=count)

    def take(self, numbers: Sequence[int], columns: Iterable[str] | None = None, version: int = 0) -> pa.Table:
        """The rows of these numbers, counted in the order of `batches`."""
        with store_errors(self.spec.name):
            return self._at(version).take(list(numbers), columns=_listed(columns))

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
        """How many rows `read` would bring."""
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
            tidy(self._latest, self.spec, keep)

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


def _listed(columns: Iterable[str] | None) -> list[str] | None:
    return None if columns is None else list(columns)
