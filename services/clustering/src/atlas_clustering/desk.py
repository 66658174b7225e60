"""The desk where runs are asked for, watched and called off; it does them one after another."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from atlas_common.errors import AtlasError, Conflict, InvalidInput
from atlas_common.logs import get_logger
from atlas_common.loops import first_of

from atlas_clustering import metrics
from atlas_clustering.compare import Comparison, compare
from atlas_clustering.model import Run, RunSpec, RunState
from atlas_clustering.ports import Archive
from atlas_clustering.recipes.catalogue import recipe_named
from atlas_clustering.run import Cancelled, Tell

GLANCE_SECONDS = 0.2

log = get_logger(__name__)

Check = Callable[[RunSpec], None]
"""Raises `InvalidInput` or `NotFound` for a spec that is known not to be met."""
Perform = Callable[[Run, Tell], Run]
Announce = Callable[[str], Awaitable[None]]


class RunDesk:
    """Runs that this replica holds progress in memory, and are written to the archive often enough to be taken over.

    A run of which the archive has heard nothing for `stale` belongs to a replica that died: any other does it again.
    """

    def __init__(self, archive: Archive, check: Check, perform: Perform, announce: Announce, stale: timedelta) -> None:
        self._archive = archive
        self._check = check
        self._perform = perform
        self._announce = announce
        self._stale = stale
        self._held: dict[str, Run] = {}
        self._called_off: set[str] = set()
        self._asked = asyncio.Event()

    async def start(self, spec: RunSpec) -> Run:
        """Ask for a run; it waits for those asked for before. Raises `InvalidInput` and `NotFound`."""
        recipe_named(spec.recipe)
        if min(spec.k, spec.seed, spec.features_version) < 0:
            raise InvalidInput("k, seed and features_version are 0 or more")
        if spec.run_before and (await self.get(spec.run_before)).state is not RunState.PUBLISHED:
            raise InvalidInput(f"run {spec.run_before} has no albums to go on from", reason="run_not_published")
        await asyncio.to_thread(self._check, spec)
        now = datetime.now(UTC)
        run = Run(uuid.uuid4().hex, spec, RunState.RUNNING, started_at=now, changed_at=now)
        await asyncio.to_thread(self._archive.record, run)
        self._held[run.run_id] = run
        self._asked.set()
        return run

    async def get(self, run_id: str) -> Run:
        held = self._held.get(run_id)
        return held if held is not None else await asyncio.to_thread(self._archive.run, run_id)

    async def runs(self) -> list[Run]:
        """All runs, the newest first."""
        return [self._held.get(run.run_id, run) for run in await asyncio.to_thread(self._archive.runs)]

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
        self._called_off.add(run_id)
        self._held.pop(run_id, None)
        return await self._record(replace(run, state=RunState.CANCELLED, detail="called off"))

    async def work(self, stop: asyncio.Event) -> None:
        """Do runs until told to stop: those that this replica holds, then those that others have left."""
        while not stop.is_set():
            run = next(iter(self._held.values()), None) or await self._left_behind()
            if run is not None:
                await self._do(run, stop)
            else:
                await first_of(stop, self._asked, seconds=self._stale.total_seconds() / 3)
                self._asked.clear()

    async def _do(self, run: Run, stop: asyncio.Event) -> None:
        self._held[run.run_id] = run
        beating = asyncio.create_task(self._beat(run.run_id))
        try:
            done = await asyncio.to_thread(self._perform, run, self._tell(stop))
            await self._publish(done)
        except Cancelled:
            log.info("run_cancelled", run_id=run.run_id)
        except AtlasError as error:
            await self._fail(run, str(error))
        except Exception as error:
            log.exception("run_failed", run_id=run.run_id)
            await self._fail(run, f"{type(error).__name__}: {error}")
        finally:
            beating.cancel()
            self._held.pop(run.run_id, None)

    async def _publish(self, run: Run) -> None:
        if run.run_id in self._called_off:
            return
        metrics.ended(await self._record(replace(run, state=RunState.PUBLISHED, stage="published", progress=1.0)))
        metrics.published(run)
        log.info("run_published", run_id=run.run_id, stickers=run.stickers, albums=run.albums, outliers=run.outliers)
        await self._announce(run.run_id)

    async def _fail(self, run: Run, detail: str) -> None:
        log.warning("run_failed", run_id=run.run_id, detail=detail)
        metrics.ended(
            await self._record(replace(self._held.get(run.run_id, run), state=RunState.FAILED, detail=detail))
        )

    async def _record(self, run: Run) -> Run:
        run = replace(run, changed_at=datetime.now(UTC))
        await asyncio.to_thread(self._archive.record, run)
        return run

    def _tell(self, stop: asyncio.Event) -> Tell:
        def tell(run: Run) -> None:
            if stop.is_set() or run.run_id in self._called_off:
                raise Cancelled
            self._held[run.run_id] = run

        return tell

    async def _beat(self, run_id: str) -> None:
        """Keep the archive up to date, and notice when the run was called off at another replica."""
        while True:
            await asyncio.sleep(self._stale.total_seconds() / 6)
            if (await asyncio.to_thread(self._archive.run, run_id)).state is RunState.CANCELLED:
                self._called_off.add(run_id)
                return
            if run_id in self._held:
                await self._record(self._held[run_id])

    async def _left_behind(self) -> Run | None:
        oldest = datetime.now(UTC) - self._stale
        runs = await asyncio.to_thread(self._archive.runs)
        left = [run for run in runs if not run.ended and run.changed_at < oldest]
        if left:
            log.warning("run_taken_over", run_id=left[-1].run_id)
        return left[-1] if left else None
