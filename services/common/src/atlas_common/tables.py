"""Lance tables in the bucket: inserts by key from many processes at once, and reads of one exact version.

Lance commits a table with a conditional write. Its `merge_insert` alone would let two concurrent writers insert the
same new key; with the key columns marked as an (unenforced) primary key, a commit that meets such a conflict is
retried, so that a key is inserted once whoever comes first.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

import lance
import pyarrow as pa
from lance.dataset import ColumnOrdering

from atlas_common.errors import BrokenInvariant, NotFound, Unavailable
from atlas_common.schemas import TableSpec
from atlas_common.settings import StoreSettings

PRIMARY_KEY = {b"lance-schema:unenforced-primary-key": b"true"}
CONFLICT_RETRIES = 100
PROBE_WRITERS = 8

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
        """Insert the rows whose key is not in the table yet, in one atomic commit; how many those were."""
        table = self._as_table(rows)
        if not table.num_rows:
            return 0
        with _store_errors(self.spec.name):
            merge = self._dataset.merge_insert(list(self.spec.key)).when_not_matched_insert_all()
            inserted: int = merge.conflict_retries(CONFLICT_RETRIES).execute(table)["num_inserted_rows"]
            return inserted

    def upsert(self, rows: Rows) -> None:
        """Insert the rows, and replace those whose key is in the table."""
        with _store_errors(self.spec.name):
            merge = self._dataset.merge_insert(list(self.spec.key))
            merge = merge.when_matched_update_all().when_not_matched_insert_all()
            merge.conflict_retries(CONFLICT_RETRIES).execute(self._as_table(rows))

    def delete(self, condition: str) -> None:
        with _store_errors(self.spec.name):
            self._latest().delete(condition)

    def read(self, columns: Iterable[str] | None = None, where: str | None = None, version: int = 0) -> pa.Table:
        """The rows that meet `where` (SQL), at `version`, or as they are now."""
        with _store_errors(self.spec.name):
            return self._at(version).to_table(columns=_listed(columns), filter=where)

    def batches(
        self, columns: Iterable[str] | None = None, where: str | None = None, version: int = 0, rows: int = 1024
    ) -> Iterator[pa.RecordBatch]:
        """As `read`, in batches of at most `rows` rows, so that memory does not grow with the table."""
        with _store_errors(self.spec.name):
            yield from self._at(version).to_batches(columns=_listed(columns), filter=where, batch_size=rows)

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
        with _store_errors(self.spec.name):
            return self._at(version).to_table(columns=_listed(columns), filter=where, limit=limit, order_by=sort)

    def nearest(self, column: str, vector: Sequence[float], limit: int, where: str | None = None) -> list[Neighbour]:
        """The rows that meet `where` whose vector in `column` is nearest to `vector` by cosine distance."""
        query = {"column": column, "q": pa.array(vector, pa.float32()), "k": limit, "metric": "cosine"}
        key, *_ = self.spec.key
        with _store_errors(self.spec.name):
            found = self._latest().to_table(columns=[key, "_distance"], nearest=query, filter=where, prefilter=True)
            return [Neighbour(row[key], row["_distance"]) for row in found.to_pylist()]

    def count(self, where: str | None = None, version: int = 0) -> int:
        with _store_errors(self.spec.name):
            count: int = self._at(version).count_rows(filter=where)
            return count

    def version(self) -> int:
        """The newest version; versions only grow."""
        with _store_errors(self.spec.name):
            version: int = self._latest().version
            return version

    def pin(self, name: str, version: int) -> None:
        """Keep `version` through every `tidy`."""
        with _store_errors(self.spec.name):
            dataset = self._latest()
            if name not in dataset.tags.list():
                dataset.tags.create(name, version)

    def tidy(self, keep: timedelta) -> None:
        """Join small files, and drop versions older than `keep` that nobody pinned."""
        with _store_errors(self.spec.name):
            dataset = self._latest()
            dataset.optimize.compact_files()
            dataset.cleanup_old_versions(older_than=keep, error_if_tagged_old_versions=False)

    def _as_table(self, rows: Rows) -> pa.Table:
        if isinstance(rows, pa.Table):
            return rows.cast(self.spec.schema)
        return pa.Table.from_pylist(list(rows), schema=self.spec.schema)

    def _latest(self) -> lance.LanceDataset:
        # Not checkout_latest(): it changes the handle in place, which fails while another thread reads.
        return self._dataset.checkout_version(self._dataset.latest_version)

    def _at(self, version: int) -> lance.LanceDataset:
        return self._dataset.checkout_version(version) if version else self._latest()


class Tables:
    """The tables of a bucket, or of a folder when `root` is a path."""

    def __init__(self, root: str, storage_options: dict[str, str] | None = None) -> None:
        self._root = root.rstrip("/")
        self._options = storage_options

    @classmethod
    def in_store(cls, settings: StoreSettings) -> "Tables":
        options = {
            "endpoint": settings.endpoint,
            "region": settings.region,
            "access_key_id": settings.access_key.get_secret_value(),
            "secret_access_key": settings.secret_key.get_secret_value(),
            "allow_http": str(settings.endpoint.startswith("http://")).lower(),
        }
        return cls(f"s3://{settings.bucket}/tables", options)

    def open(self, spec: TableSpec) -> Table:
        """The table, made empty when it is not there yet."""
        uri = self._uri(spec.name)
        with _store_errors(spec.name):
            try:
                return Table(spec, lance.dataset(uri, storage_options=self._options))
            except ValueError as error:
                _require_missing(error)
                with suppress(OSError):  # another process made it at the same moment
                    return Table(spec, _create(spec, uri, self._options))
            return Table(spec, lance.dataset(uri, storage_options=self._options))

    def existing(self, name: str) -> Table:
        """The table as its writer made it. Raises `NotFound`."""
        with _store_errors(name):
            try:
                dataset = lance.dataset(self._uri(name), storage_options=self._options)
            except ValueError as error:
                _require_missing(error)
                raise NotFound(f"there is no table {name} yet") from error
        key = tuple(field.name for field in dataset.schema if PRIMARY_KEY.items() <= (field.metadata or {}).items())
        return Table(TableSpec(name, key, dataset.schema), dataset)

    def probe(self) -> None:
        """Prove that the store keeps concurrent commits apart: of several creations at once, exactly one may win.

        Raises `BrokenInvariant` for a store that ignores conditional writes; tables on it would lose rows.
        """
        spec = TableSpec(f"probe-{uuid.uuid4().hex}", ("n",), pa.schema([pa.field("n", pa.int64(), nullable=False)]))
        uri = self._uri(spec.name)

        def create(_: int) -> bool:
            try:
                _create(spec, uri, self._options)
            except OSError:
                return False
            return True

        with ThreadPoolExecutor(PROBE_WRITERS) as threads:
            winners = sum(threads.map(create, range(PROBE_WRITERS)))
        if winners != 1:
            raise BrokenInvariant(
                f"{winners} of {PROBE_WRITERS} concurrent creations of one object succeeded, not exactly 1: "
                "this store ignores conditional writes (If-None-Match), which the tables need; use another store",
                reason="store_without_conditional_writes",
            )
        lance.LanceDataset.drop(uri, storage_options=self._options)

    def _uri(self, name: str) -> str:
        return f"{self._root}/{name}.lance"


def equal(**columns: str) -> str:
    """The condition that each of the columns holds exactly this text, for `where`."""
    return " AND ".join(f"{name} = {quoted(text)}" for name, text in columns.items())


def quoted(text: str) -> str:
    """The text as an SQL literal, whatever it holds."""
    return "'" + text.replace("'", "''") + "'"


def _create(spec: TableSpec, uri: str, options: dict[str, str] | None) -> lance.LanceDataset:
    """Commit version 1, or raise OSError when it is there.

    `write_dataset(mode="create")` would do the same until two create at once: the later one then overwrites the first.
    """
    schema = pa.schema([f.with_metadata(PRIMARY_KEY) if f.name in spec.key else f for f in spec.schema])
    empty = lance.LanceOperation.Overwrite(schema, [])
    return lance.LanceDataset.commit(uri, empty, read_version=0, max_retries=0, storage_options=options)


def _listed(columns: Iterable[str] | None) -> list[str] | None:
    return None if columns is None else list(columns)


def _require_missing(error: ValueError) -> None:
    """Lance says with one exception that a table is missing and that the store failed; let only the first pass."""
    if "was not found" not in str(error):
        raise OSError(str(error)) from error


class _store_errors:  # noqa: N801 - reads as a statement: with _store_errors(name)
    """Lance reports a store that fails as OSError; callers know `Unavailable`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, OSError):
            raise Unavailable(f"table {self.name}: {error}") from error
