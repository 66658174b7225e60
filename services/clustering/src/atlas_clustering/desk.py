"""The desk where runs are asked for, watched, compared and called off."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime

from atlas_common.errors import Conflict, InvalidInput

from atlas_clustering.compare import Comparison, compare
from atlas_clustering.held_runs import HeldRuns
from atlas_clustering.model import Run, RunSpec, RunState
from atlas_clustering.ports import Archive
from atlas_clustering.recipes.catalogue import recipe_named

GLANCE_SECONDS = 0.2

Check = Callable[[RunSpec], None]
"""Raises `InvalidInput` or `NotFound` for a spec that is known not to be met."""


class RunDesk:
    """Every run can be asked about, whichever replica does it."""

    def __init__(self, archive: Archive, runs: HeldRuns, check: Check) -> None:
        self._archive = archive
        self._runs = runs
        self._check = check

    async def start(self, spec: RunSpec) -> Run:
        """Ask for a run; it waits for those asked for before. Raises `InvalidInput` and `NotFound`."""
        recipe_named(spec.recipe)
        if min(spec.k, spec.seed, spec.features_version) < 0:
            raise InvalidInput("k, seed and features_version are 0 or more")
        if spec.run_before and (await self.get(spec.run_before)).state is not RunState.PUBLISHED:
            raise InvalidInput(f"run {spec.run_before} has no albums to go on from", reason="run_not_published")
        await asyncio.to_thread(self._check, spec)
        now = datetime.now(UTC)
        run = await self._runs.record(Run(uuid.uuid4().hex, spec, RunState.RUNNING, started_at=now, changed_at=now))
        self._runs.hold(run)
        self._runs.asked.set()
        return run

    async def get(self, run_id: str) -> Run:
        """Raises `NotFound`."""
        return await self._runs.get(run_id)

    async def runs(self) -> list[Run]:
        """All runs, the newest first."""
        return await self._runs.all()

    async def watch(self, run_id: str) -> AsyncIterator[Run]:
        """The run whenever it has changed, to its end."""
        run = await self.get(run_id)
        yield run
        while not run.ended:
            await asyncio.sleep(GLANCE_SECONDS)
            seen, run = run, await self.get(run_id)
            if run != seen:
                yield run

    async def compare(self, first: str, second: str) -> Comparison:
        """Which stickers are in other albums in the second run than in the first. Raises `NotFound`."""
        for run_id in (first, second):
            await self.get(run_id)
        albums = [await asyncio.to_thread(self._archive.albums, run_id) for run_id in (first, second)]
        return compare(*albums)

    async def cancel(self, run_id: str) -> Run:
        """Call a run off. Raises `Conflict` when it has ended."""
        run = await self.get(run_id)
        if run.ended:
            raise Conflict(f"run {run_id} is {run.state}", reason="run_has_ended")
        self._runs.call_off(run_id)
        return await self._runs.record(replace(run, state=RunState.CANCELLED, detail="called off"))
