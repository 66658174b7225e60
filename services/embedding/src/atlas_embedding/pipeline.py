"""The way of the stickers: from the queue through the network into the tables, many at once.

What is under way is bounded: pictures up to the network by `in_flight`, rows after it by `rows`. A stage that falls
behind holds up the ones before it, and the queue keeps the rest.
"""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Sequence

from atlas_common.errors import AtlasError, InvalidInput, NotFound, Unavailable
from atlas_common.logs import get_logger
from atlas_common.stopping import cancel
from atlas_common.traces import span, sticker

from atlas_embedding.held import HeldJobs
from atlas_embedding.model import Embedded, Failure
from atlas_embedding.ports import Job, Jobs
from atlas_embedding.recorder import Recorder
from atlas_embedding.settings import PipelineSettings

SHA256 = re.compile(r"[0-9a-f]{64}")
PAUSE_SECONDS = 1
LONGEST_PAUSE_SECONDS = 60

Embed = Callable[[str], Awaitable[Embedded]]

log = get_logger(__name__)


class Pipeline:
    def __init__(
        self, jobs: Jobs, embed: Embed, recorder: Recorder, held: HeldJobs, settings: PipelineSettings
    ) -> None:
        self._jobs = jobs
        self._embed = embed
        self._recorder = recorder
        self._held = held
        self._attempts = settings.attempts
        self._room = asyncio.Semaphore(settings.in_flight)
        self._at_once = max(1, settings.in_flight // 8)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what was taken from the queue."""
        async with asyncio.TaskGroup() as helpers:
            loops = [helpers.create_task(self._held.keep()), helpers.create_task(self._recorder.run())]
            async with asyncio.TaskGroup() as pictures:
                while not stop.is_set():
                    for job in await self._take():
                        self._held.hold(job)
                        pictures.create_task(self._work(job))
            await self._recorder.finish()
            for loop in loops:
                await cancel(loop)

    async def _take(self) -> Sequence[Job]:
        """Jobs for which there is room."""
        for _ in range(self._at_once):
            await self._room.acquire()
        jobs: Sequence[Job] = ()
        try:
            jobs = await self._jobs.take(self._at_once)
        except Unavailable as error:
            log.warning("queue_unavailable", error=str(error))
            await asyncio.sleep(PAUSE_SECONDS)
        for _ in range(self._at_once - len(jobs)):
            self._room.release()
        return jobs

    async def _work(self, job: Job) -> None:
        try:
            outcome = await self._outcome(job)
            if outcome:
                await self._recorder.put(job, outcome)
            else:
                self._held.release(job)
                await job.again(_pause(job.attempt))
        finally:
            self._room.release()

    async def _outcome(self, job: Job) -> Embedded | Failure | None:
        """What became of the job; None when a part is down, so that it should be tried again later.

        Tries are counted here: the queue counts deliveries, and so what an outage handed back.
        """
        sha256 = job.data.decode(errors="replace")
        if not SHA256.fullmatch(sha256):
            return Failure(sha256, "not_an_id", "the message names no picture", 1)
        attempt = 0
        while True:
            attempt += 1
            try:
                with span("embed_image", parent=sticker(sha256), attempt=attempt):
                    return await self._embed(sha256)
            except (InvalidInput, NotFound) as error:
                return Failure(sha256, error.reason, str(error), attempt)
            except Unavailable as error:  # never the picture's fault, however often
                log.warning("part_unavailable", sha256=sha256, delivery=job.attempt, error=str(error))
                return None
            except Exception as error:
                log.exception("embedding_failed", sha256=sha256, attempt=attempt)
                if attempt >= self._attempts:
                    reason = error.reason if isinstance(error, AtlasError) else "unexpected"
                    return Failure(sha256, reason, str(error), attempt)
            await asyncio.sleep(_pause(attempt))


def _pause(attempt: int) -> float:
    return min(1 << attempt, LONGEST_PAUSE_SECONDS) * random.uniform(0.5, 1)  # noqa: S311
