"""Reports of runs, and every assignment of one: tables `runs` and `assignments`."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

from atlas_common.tables import Order, Table, equal

from atlas_gateway.model.images import Assignment

EXPORTED = ("sha256", *Assignment.model_fields)


class Reports:
    """What explains a run, and what it came to."""

    def __init__(self, runs: Table, assignments: Table) -> None:
        self._runs = runs
        self._assignments = assignments

    async def report(self, run_id: str) -> dict[str, Any]:
        """The run's newest report; empty while there is none."""
        newest = [Order("changed_at", descending=True)]
        where = f"{equal(run_id=run_id)} AND report IS NOT NULL"
        rows = (await asyncio.to_thread(self._runs.first, 1, newest, ["report"], where)).to_pylist()
        report: dict[str, Any] = json.loads(rows[0]["report"] or "{}") if rows else {}
        return report

    def assignments(self, run_id: str) -> Iterator[dict[str, Any]]:
        """Rows of a run, a batch in memory at a time. Blocks."""
        for batch in self._assignments.batches(EXPORTED, equal(run_id=run_id)):
            yield from batch.to_pylist()
