"""All tables of a bucket."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import lance
import pyarrow as pa
from pyarrow.fs import FileSelector, FileSystem, LocalFileSystem, S3FileSystem

from atlas_common.errors import BrokenInvariant, NotFound
from atlas_common.schemas import TableSpec
from atlas_common.settings import StoreSettings
from atlas_common.tables.failures import require_missing, store_errors
from atlas_common.tables.table import Table

PRIMARY_KEY = {b"lance-schema:unenforced-primary-key": b"true"}
PROBE_WRITERS = 8
SUFFIX = ".lance"
RETRIED_SECONDS = 15
"""After that a request is not sent again. A store that never answers is waited for 3 minutes so, not 12."""


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
            "client_retry_timeout": str(RETRIED_SECONDS),
            "allow_http": str(settings.endpoint.startswith("http://")).lower(),
        }
        return cls(f"s3://{settings.bucket}/tables", options)

    def open(self, spec: TableSpec) -> Table:
        """The table, made empty when it is not there yet, and with the columns that it has gained since it was made."""
        uri = self._uri(spec.name)
        with store_errors(spec.name):
            try:
                dataset = lance.dataset(uri, storage_options=self._options)
                gained = [field for field in spec.schema if field.name not in dataset.schema.names]
                if gained:
                    dataset.add_columns(gained)
                return Table(spec, dataset)
            except ValueError as error:
                require_missing(error)
                created = self._create(spec)
                return Table(spec, created or lance.dataset(uri, storage_options=self._options))

    def existing(self, name: str) -> Table:
        """The table as its writer made it. Raises `NotFound`."""
        with store_errors(name):
            try:
                dataset = lance.dataset(self._uri(name), storage_options=self._options)
            except ValueError as error:
                require_missing(error)
                raise NotFound(f"there is no table {name} yet") from error
        key = tuple(field.name for field in dataset.schema if PRIMARY_KEY.items() <= (field.metadata or {}).items())
        return Table(TableSpec(name, key, dataset.schema), dataset)

    def names(self) -> list[str]:
        """The tables that there are."""
        files, folder = self._file_system()
        with store_errors(self._root):
            entries = files.get_file_info(FileSelector(folder, allow_not_found=True))
        return sorted(entry.base_name.removesuffix(SUFFIX) for entry in entries if entry.base_name.endswith(SUFFIX))

    def probe(self) -> None:
        """Prove that the store keeps concurrent commits apart: of several creations at once, exactly one may win.

        Raises `BrokenInvariant` for a store that ignores conditional writes; tables on it would lose rows.
        """
        spec = TableSpec(f"probe-{uuid.uuid4().hex}", ("n",), pa.schema([pa.field("n", pa.int64(), nullable=False)]))
        uri = self._uri(spec.name)
        with ThreadPoolExecutor(PROBE_WRITERS) as threads:
            winners = sum(threads.map(lambda _: self._create(spec) is not None, range(PROBE_WRITERS)))
        if winners != 1:
            raise BrokenInvariant(
                f"{winners} of {PROBE_WRITERS} concurrent creations of one object succeeded, not exactly 1: "
                "this store ignores conditional writes (If-None-Match), which the tables need; use another store",
                reason="store_without_conditional_writes",
            )
        lance.LanceDataset.drop(uri, storage_options=self._options)

    def _create(self, spec: TableSpec) -> lance.LanceDataset | None:
        """Commit version 1; None when another process did.

        `write_dataset(mode="create")` does the same until two create at once: the later one then overwrites the first.
        """
        schema = pa.schema([f.with_metadata(PRIMARY_KEY) if f.name in spec.key else f for f in spec.schema])
        empty = lance.LanceOperation.Overwrite(schema, [])
        with suppress(OSError):
            return lance.LanceDataset.commit(
                self._uri(spec.name), empty, read_version=0, max_retries=0, storage_options=self._options
            )
        return None

    def _uri(self, name: str) -> str:
        return f"{self._root}/{name}{SUFFIX}"

    def _file_system(self) -> tuple[FileSystem, str]:
        if self._options is None:
            return LocalFileSystem(), self._root
        store = S3FileSystem(
            access_key=self._options["access_key_id"],
            secret_key=self._options["secret_access_key"],
            region=self._options["region"],
            endpoint_override=self._options["endpoint"],
        )
        return store, self._root.removeprefix("s3://")
