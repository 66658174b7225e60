"""The tables of one network: its features, its failures, and what is missing in both."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from atlas_common.schemas import FAILURES_EMBED, IMAGES, MODELS, TableSpec, features
from atlas_common.tables import Table, Tables, equal, one_of

from atlas_embedding.model import Embedded, Failure, Network

IDS_AT_ONCE = 100_000
HASHES = 16**8
"""Values of the eight hexadecimal digits by which ids are divided into ranges."""


class FeatureTables:
    """Methods of the tables block, so they run in threads here, except in iterators."""

    def __init__(self, tables: Tables, network: Network) -> None:
        self._network = network
        self._features = tables.open(features(network.name, dict(network.outputs)))
        self._failures = tables.open(FAILURES_EMBED)
        self._images = tables.open(IMAGES)
        self._models = tables.open(MODELS)

    @property
    def own(self) -> tuple[TableSpec, ...]:
        """The tables that this service writes."""
        return self._features.spec, self._failures.spec, self._models.spec

    async def add(self, rows: Sequence[Embedded]) -> None:
        await asyncio.to_thread(self._add, rows)

    async def add_failures(self, failures: Sequence[Failure]) -> None:
        now = datetime.now(UTC)
        rows = [
            {
                "model": self._network.name,
                "sha256": failure.sha256,
                "reason": failure.reason,
                "detail": failure.detail,
                "attempts": failure.attempts,
                "failed_at": now,
            }
            for failure in failures
        ]
        await asyncio.to_thread(self._failures.insert, rows)

    async def embedded(self) -> int:
        return await asyncio.to_thread(self._features.count)

    async def failures(self) -> dict[str, int]:
        """How many failures there are, by reason."""
        mine = equal(model=self._network.name)
        reasons = await asyncio.to_thread(self._failures.read, ["reason"], mine)
        return dict(Counter(reasons["reason"].to_pylist()))

    async def forget(self, reasons: Sequence[str]) -> list[str]:
        mine = equal(model=self._network.name) + (f" AND {one_of('reason', reasons)}" if reasons else "")
        failed = await asyncio.to_thread(self._failures.read, ["sha256"], mine)
        await asyncio.to_thread(self._failures.delete, mine)
        ids: list[str] = failed["sha256"].to_pylist()
        return ids

    def undone(self, stored_before: datetime) -> Iterator[list[str]]:
        """Ids of images stored before then that have neither features nor a failure. Blocks.

        They are compared range by range, so that memory does not grow with the tables.
        """
        old = f"stored_at < TIMESTAMP '{stored_before.astimezone(UTC):%Y-%m-%d %H:%M:%S}'"
        mine = equal(model=self._network.name)
        for within in _ranges(self._images.count() // IDS_AT_ONCE + 1):
            stored = _ids(self._images, f"{within} AND {old}")
            yield sorted(stored - _ids(self._features, within) - _ids(self._failures, f"{within} AND {mine}"))

    async def note_complete(self) -> None:
        row = {"model": self._network.name, "complete_at": datetime.now(UTC)}
        await asyncio.to_thread(self._models.insert, [row])

    def _add(self, rows: Sequence[Embedded]) -> None:
        self._features.insert(self._as_table(rows))

    def _as_table(self, rows: Sequence[Embedded]) -> pa.Table:
        now = datetime.now(UTC)
        columns = {
            "sha256": pa.array([row.sha256 for row in rows]),
            "frames": pa.array([row.frames for row in rows]),
            "fingerprint": pa.array([row.fingerprint for row in rows]),
            "embedded_at": pa.array([now] * len(rows)),
        }
        for output, dimensions in self._network.outputs.items():
            values = pa.array(np.concatenate([row.vectors[output] for row in rows]))
            columns[output] = pa.FixedSizeListArray.from_arrays(values, dimensions)
        return pa.table(columns)


def _ranges(count: int) -> Iterator[str]:
    """Conditions that split all ids into `count` ranges of about equal size; hashes are spread evenly."""
    bounds = [f"{HASHES * index // count:08x}" for index in range(count)]
    for low, high in zip(bounds, [*bounds[1:], "g"], strict=True):
        yield f"sha256 >= '{low}' AND sha256 < '{high}'"


def _ids(table: Table, where: str) -> set[str]:
    return set(table.read(["sha256"], where)["sha256"].to_pylist())
