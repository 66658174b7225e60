"""Finds pictures that the queue has forgotten, and queues them again; notes when there are none left."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from atlas_common.logs import get_logger
from atlas_common.loops import every
from atlas_common.queue import Backlog

from atlas_embedding.ports import Undone

log = get_logger(__name__)


class Reconciler:
    """Searches while the queue is empty only: an id on the queue is not forgotten."""

    def __init__(
        self,
        pictures: Undone,
        backlog: Callable[[], Awaitable[Backlog]],
        enqueue: Callable[[str], Awaitable[None]],
        every_seconds: float,
    ) -> None:
        self._pictures = pictures
        self._backlog = backlog
        self._enqueue = enqueue
        self._every_seconds = every_seconds
        self._complete = False

    async def run(self, stop: asyncio.Event) -> None:
        """Search now, and again after each pause, until `stop` is set."""
        await every(self._every_seconds, self._search, stop)

    async def reconcile(self, stored_before: datetime) -> int:
        """Queue forgotten pictures again; how many those were."""
        backlog = await self._backlog()
        if backlog.waiting or backlog.in_flight:
            return 0
        queued = 0
        lists = self._pictures.undone(stored_before)
        while (ids := await asyncio.to_thread(next, lists, None)) is not None:
            for sha256 in ids:
                await self._enqueue(sha256)
            queued += len(ids)
        if queued:
            log.info("queued_again", pictures=queued)
        elif not self._complete and await self._pictures.embedded():
            await self._pictures.note_complete()
            self._complete = True
            log.info("every_sticker_embedded")
        return queued

    async def _search(self) -> None:
        await self.reconcile(datetime.now(UTC) - timedelta(seconds=self._every_seconds))
