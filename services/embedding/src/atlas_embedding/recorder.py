"""Makes what became of pictures durable, many at a time, and only then takes their jobs off the queue."""

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

from atlas_common.errors import Unavailable
from atlas_common.logs import get_logger
from atlas_common.queue import EMBEDDED

from atlas_embedding import metrics
from atlas_embedding.held import HeldJobs
from atlas_embedding.model import Embedded, Failure
from atlas_embedding.ports import Events, Job, Records
from atlas_embedding.settings import PipelineSettings
from atlas_embedding.waiting import take

PAUSE_SECONDS = 2

Outcome: TypeAlias = Embedded | Failure

log = get_logger(__name__)


class Recorder:
    def __init__(self, records: Records, events: Events, held: HeldJobs, settings: PipelineSettings) -> None:
        self._records = records
        self._events = events
        self._held = held
        self._settings = settings
        self._outcomes: asyncio.Queue[tuple[Job, Outcome]] = asyncio.Queue(settings.rows)

    async def put(self, job: Job, outcome: Outcome) -> None:
        """Hand over what became of a job; waits while the tables are behind."""
        await self._outcomes.put((job, outcome))

    async def finish(self) -> None:
        """Return once everything handed over is recorded."""
        await self._outcomes.join()

    async def run(self) -> None:
        """Record until cancelled."""
        while True:
            await self._settle(await take(self._outcomes, self._settings.rows, self._settings.rows_seconds))

    async def _settle(self, outcomes: Sequence[tuple[Job, Outcome]]) -> None:
        await self._record([outcome for _, outcome in outcomes])
        for job, _ in outcomes:
            await job.done()
            self._held.release(job)
            self._outcomes.task_done()

    async def _record(self, outcomes: Sequence[Outcome]) -> None:
        embedded = [outcome for outcome in outcomes if isinstance(outcome, Embedded)]
        failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
        while True:
            try:
                if failures:
                    await self._records.add_failures(failures)
                if embedded:
                    with metrics.stage("insert"):
                        await self._records.add(embedded)
                    await self._events.publish(EMBEDDED, "\n".join(row.sha256 for row in embedded).encode())
            except Unavailable as error:
                log.warning("recording_again", error=str(error))
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                metrics.count(len(embedded), failures)
                log.info("recorded", embedded=len(embedded), failed=len(failures))
                return
