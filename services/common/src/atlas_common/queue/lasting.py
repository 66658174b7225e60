"""What is made on a server so that it lasts, even where the server loses its volume."""

import asyncio
from collections.abc import Awaitable, Callable

from atlas_common.errors import Unavailable
from atlas_common.logs import get_logger
from atlas_common.queue.failures import queue_errors
from atlas_common.stopping import cancel

PAUSE_SECONDS = 1

Make = Callable[[], Awaitable[object]]
"""Makes a stream or the like, or finds it there already."""

log = get_logger(__name__)


class Lasting:
    """Remembers what was made, and makes it again after a reconnection, which may lead to a server that lost it."""

    def __init__(self) -> None:
        self._made: list[Make] = []
        self._restoring: asyncio.Task[None] | None = None

    async def make(self, make: Make) -> None:
        """Raises `Unavailable`."""
        with queue_errors("make what is missing"):
            await make()
        self._made.append(make)

    async def reconnected(self) -> None:
        await self.stop()
        self._restoring = asyncio.create_task(self._restore())

    async def stop(self) -> None:
        if self._restoring:
            await cancel(self._restoring)

    async def _restore(self) -> None:
        for make in self._made:
            while not await self._made_again(make):  # noqa: ASYNC110 - the server makes it true
                await asyncio.sleep(PAUSE_SECONDS)

    async def _made_again(self, make: Make) -> bool:
        try:
            with queue_errors("make what is missing"):
                await make()
        except Unavailable as error:
            log.warning("queue_not_restored", error=str(error))
            return False
        return True
