"""The event stream: what other services and replicas announce, and what this replica does."""

import asyncio
from contextlib import AsyncExitStack

from atlas_common.errors import Unavailable
from atlas_common.logs import get_logger
from atlas_common.queue import CURATION_CHANGED, RUN_PUBLISHED, Queue
from atlas_common.settings import QueueSettings
from atlas_common.stopping import unless

RETRY_SECONDS = 2.0

log = get_logger(__name__)


class EventStream:
    """Works without a queue, too: events are hints, and what they announce is found in the tables a little later."""

    def __init__(self, settings: QueueSettings) -> None:
        self._settings = settings
        self._queue: Queue | None = None

    async def follow(self, stop: asyncio.Event, hints: asyncio.Event) -> None:
        """Connect, however long that takes, and set `hints` at every event that changes what is served.

        Ends when `stop` is set.
        """
        if queue := await unless(stop, self._connect()):
            self._queue = queue
            async with asyncio.TaskGroup() as readers:
                for subject in (RUN_PUBLISHED, CURATION_CHANGED):
                    readers.create_task(unless(stop, _set_at_each(queue, subject, hints)))

    async def announce(self) -> None:
        try:
            if self._queue:
                await self._queue.publish(CURATION_CHANGED, b"")
        except Unavailable as error:
            log.warning("decision_not_announced", error=str(error))

    async def answers(self) -> bool:
        return self._queue is not None and await self._queue.answers()

    async def close(self) -> None:
        if self._queue:
            await self._queue.close()

    async def _connect(self) -> Queue:
        while True:
            try:
                async with AsyncExitStack() as attempt:
                    queue = await Queue.connect(self._settings, "gateway")
                    attempt.push_async_callback(queue.close)
                    await queue.ensure_streams()
                    attempt.pop_all()
                    return queue
            except Unavailable as error:
                log.warning("queue_unreachable", error=str(error))
                await asyncio.sleep(RETRY_SECONDS)


async def _set_at_each(queue: Queue, subject: str, hints: asyncio.Event) -> None:
    async for _ in queue.events(subject):
        hints.set()
