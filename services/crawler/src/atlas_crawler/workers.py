"""Workers: take jobs from every lane and have them worked on, as many at once as a replica may."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from atlas_common.errors import NotFound, Unavailable
from atlas_common.logs import get_logger
from atlas_common.loops import first_of
from atlas_common.queue import Consumer, Message, Queue
from atlas_common.stopping import unless
from atlas_common.traces import span

from atlas_crawler.jobs import Job, NoJob
from atlas_crawler.lanes import Lanes
from atlas_crawler.model.links import LinkKind
from atlas_crawler.model.outcomes import End
from atlas_crawler.settle import Settle

TAKE_SECONDS = 30.0
PAUSE_SECONDS = 2.0
MOST_DELIVERIES = 25  # a job that this many workers did not survive is not tried again
UNRECORDED = 16  # jobs that wait to be recorded, for each that is worked on

log = get_logger(__name__)

Handler = Callable[[Job], Awaitable[Sequence[End]]]


class Workers:
    """A job is off the queue, and its lane free for the next, once its links are fetched and stored.

    What became of them is recorded right after, many jobs at a time. Links that a crash keeps from being recorded are
    open in the tables, and queued again.
    """

    def __init__(
        self, queue: Queue, lanes: Lanes, handlers: Mapping[LinkKind, Handler], settle: Settle, at_once: int
    ) -> None:
        self._settle = settle
        self._queue = queue
        self._lanes = lanes
        self._handlers = handlers
        self._room = asyncio.Semaphore(at_once)
        self._unrecorded = asyncio.Semaphore(UNRECORDED * at_once)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish the jobs under way."""
        async with asyncio.TaskGroup() as jobs:
            for kind, handler in self._handlers.items():
                for consumer in self._lanes.consumers(kind):
                    jobs.create_task(self._take(consumer, handler, jobs, stop))

    async def _take(self, consumer: Consumer, handler: Handler, jobs: asyncio.TaskGroup, stop: asyncio.Event) -> None:
        puller = await unless(stop, self._queue.puller(consumer))
        while puller and not stop.is_set():
            async with self._unrecorded, self._room:
                pass  # a replica that is busy leaves jobs to the others
            try:
                messages = await unless(stop, puller.take(1, TAKE_SECONDS))
            except Unavailable as error:
                log.warning("queue_unavailable", error=str(error))
                await first_of(stop, seconds=PAUSE_SECONDS)
                continue
            for message in messages or ():
                jobs.create_task(self._work(message, handler))

    async def _work(self, message: Message, handler: Handler) -> None:
        async with self._unrecorded:
            if ends := await self._finish(message, handler):
                await self._record(ends)

    async def _finish(self, message: Message, handler: Handler) -> Sequence[End]:
        """What became of the links of a job that is off the queue; nothing where it is not."""
        beat = asyncio.create_task(_keep(message, self._lanes.ack_wait / 3))
        try:
            async with self._room:
                with span("crawl_job", parent=message.trace, subject=message.subject):
                    job = Job.decode(message.data)
                    tried_enough = message.attempt > MOST_DELIVERIES
                    ends = self._settle.give_up(job) if tried_enough else await handler(job)
                    await self._settle.requeue(job.crawl_id, ends)
        except* (NotFound, NoJob) as errors:  # of links that it named nothing is lost: they are open in the tables
            log.warning("job_dropped", error=str(errors.exceptions[0]))
            await message.never()
        except* Unavailable as errors:
            log.warning("job_postponed", error=str(errors.exceptions[0]))
            await message.again(PAUSE_SECONDS)
        except* Exception:
            log.exception("job_failed", subject=message.subject, attempt=message.attempt)
            await message.again(PAUSE_SECONDS)
        else:
            await message.done()
            return ends
        finally:
            beat.cancel()
        return ()

    async def _record(self, ends: Sequence[End]) -> None:
        while True:
            try:
                await self._settle.record(ends)
                return
            except Unavailable as error:
                log.warning("recording_again", error=str(error))
                await asyncio.sleep(PAUSE_SECONDS)
            except Exception:
                log.exception("recording_failed", links=len(ends))
                return


async def _keep(message: Message, seconds: float) -> None:
    """Tell the queue that the job is still being worked on."""
    while True:
        await asyncio.sleep(seconds)
        await message.still_busy()
