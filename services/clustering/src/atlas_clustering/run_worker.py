"""Does the runs that were asked for, one after another."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import repeat

from atlas_common.errors import AtlasError, Unavailable
from atlas_common.logs import get_logger
from atlas_common.loops import first_of

from atlas_clustering import metrics
from atlas_clustering.held_runs import HeldRuns
from atlas_clustering.model import Run, RunState
from atlas_clustering.outages import PAUSES_SECONDS, outlast
from atlas_clustering.ports import Archive
from atlas_clustering.run import Cancelled, Tell

log = get_logger(__name__)

Perform = Callable[[Run, Tell], Run]
Announce = Callable[[str], Awaitable[None]]


class RunWorker:
    """Records the run that it does often enough to be taken over.

    A run of which the archive has heard nothing for `stale` belongs to a replica that died: any other does it again.
    """

    def __init__(
        self, archive: Archive, runs: HeldRuns, perform: Perform, announce: Announce, stale: timedelta
    ) -> None:
        self._archive = archive
        self._runs = runs
        self._perform = perform
        self._announce = announce
        self._stale = stale

    async def work(self, stop: asyncio.Event) -> None:
        """Do runs until told to stop: those that this replica holds, then those that others have left."""
        while not stop.is_set():
            try:
                while not stop.is_set() and (run := await self._next()):
                    await self._do(run, stop)
            except Unavailable as error:
                log.warning("part_unavailable", error=str(error))
            await first_of(stop, self._runs.asked, seconds=self._stale.total_seconds() / 3)
            self._runs.asked.clear()

    async def _next(self) -> Run | None:
        """The run to do: of those held the first that no other replica has taken up while it waited, else one left."""
        while run := self._runs.first():
            if (await asyncio.to_thread(self._archive.run, run.run_id)).changed_at == run.changed_at:
                return run
            self._runs.let_go(run.run_id)
        return await self._left_behind()

    async def _do(self, run: Run, stop: asyncio.Event) -> None:
        self._runs.hold(run)
        beating = asyncio.create_task(self._beat(run.run_id))
        try:
            if reason := await self._failure(run, stop):
                log.warning("run_failed", run_id=run.run_id, detail=reason)
                await outlast(partial(self._fail, run, reason), repeat(self._stale.total_seconds() / 3), stop)
        except Cancelled:
            log.info("run_cancelled", run_id=run.run_id)
        finally:
            beating.cancel()
            self._runs.let_go(run.run_id)

    async def _failure(self, run: Run, stop: asyncio.Event) -> str | None:
        """Do the run and publish it; why that failed, if it did. Raises `Cancelled`."""
        try:
            done = await outlast(partial(self._performed, run, self._tell(stop)), PAUSES_SECONDS, stop)
            await outlast(partial(self._publish, done), PAUSES_SECONDS, stop)
        except Unavailable as error:
            return f"the store was away for too long; start the run again once it answers ({error})"
        except AtlasError as error:
            return str(error)
        except Cancelled:
            raise
        except Exception as error:
            log.exception("run_failed", run_id=run.run_id)
            return f"{type(error).__name__}: {error}"
        return None

    async def _performed(self, run: Run, tell: Tell) -> Run:
        """The run done from its beginning, with what was settled at the first try."""
        run = replace(run, spec=(self._runs.held(run.run_id) or run).spec)
        tell(run)
        return await asyncio.to_thread(self._perform, run, tell)

    async def _publish(self, run: Run) -> None:
        if await self._is_called_off(run.run_id):
            return
        run = await self._runs.record(replace(run, state=RunState.PUBLISHED, stage="published", progress=1.0))
        metrics.ended(run)
        metrics.published(run)
        log.info("run_published", run_id=run.run_id, stickers=run.stickers, albums=run.albums, outliers=run.outliers)
        try:
            await self._announce(run.run_id)
        except Unavailable as error:  # who looks at the tables finds it a little later
            log.warning("run_not_announced", run_id=run.run_id, error=str(error))

    async def _fail(self, run: Run, detail: str) -> None:
        run = replace(self._runs.held(run.run_id) or run, state=RunState.FAILED, detail=detail)
        self._runs.hold(run)  # who asks is told even where it cannot be recorded yet
        metrics.ended(await self._runs.record(run))

    def _tell(self, stop: asyncio.Event) -> Tell:
        def tell(run: Run) -> None:
            if stop.is_set() or self._runs.called_off(run.run_id):
                raise Cancelled
            self._runs.hold(run)

        return tell

    async def _beat(self, run_id: str) -> None:
        """Keep the archive up to date, and notice when the run was called off at another replica."""
        while True:
            await asyncio.sleep(self._stale.total_seconds() / 6)
            try:
                if await self._is_called_off(run_id):
                    return
                if run := self._runs.held(run_id):
                    await self._runs.record(run)
            except Unavailable as error:
                log.warning("run_not_kept_alive", run_id=run_id, error=str(error))

    async def _is_called_off(self, run_id: str) -> bool:
        """Here, or at another replica."""
        if (await asyncio.to_thread(self._archive.run, run_id)).state is RunState.CANCELLED:
            self._runs.call_off(run_id)
        return self._runs.called_off(run_id)

    async def _left_behind(self) -> Run | None:
        oldest = datetime.now(UTC) - self._stale
        runs = await asyncio.to_thread(self._archive.runs)
        left = [run for run in runs if not run.ended and run.changed_at < oldest]
        if left:
            log.warning("run_taken_over", run_id=left[-1].run_id)
        return left[-1] if left else None
