"""The runs that this replica holds: in memory as they are now, and in the archive as they were recorded last."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from atlas_clustering.model import Run
from atlas_clustering.ports import Archive


class HeldRuns:
    """All other runs are as the archive has them. `asked` is set when there is a new one to do."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._held: dict[str, Run] = {}
        self._called_off: set[str] = set()
        self.asked = asyncio.Event()

    def hold(self, run: Run) -> None:
        self._held[run.run_id] = run

    def let_go(self, run_id: str) -> None:
        self._held.pop(run_id, None)

    def call_off(self, run_id: str) -> None:
        self._called_off.add(run_id)
        self.let_go(run_id)

    def called_off(self, run_id: str) -> bool:
        return run_id in self._called_off

    def first(self) -> Run | None:
        """Of those that are held, the one asked for first."""
        return next(iter(self._held.values()), None)

    def held(self, run_id: str) -> Run | None:
        return self._held.get(run_id)

    async def get(self, run_id: str) -> Run:
        """Raises `NotFound`."""
        held = self.held(run_id)
        return held if held is not None else await asyncio.to_thread(self._archive.run, run_id)

    async def all(self) -> list[Run]:
        """All runs, the newest first."""
        return [self._held.get(run.run_id, run) for run in await asyncio.to_thread(self._archive.runs)]

    async def record(self, run: Run) -> Run:
        """Write the run to the archive; the run as changed now."""
        run = replace(run, changed_at=datetime.now(UTC))
        await asyncio.to_thread(self._archive.record, run)
        return run
