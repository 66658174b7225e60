"""Events that a test waits for."""

import asyncio
from contextlib import aclosing

from atlas_common.queue import EVENTS, Queue


async def listen(queue: Queue, subject: str) -> asyncio.Task[tuple[str, bytes]]:
    """Hears the first event of the subject that comes from now on."""
    heard = asyncio.create_task(_first(queue, subject))
    await asyncio.sleep(0)  # it subscribes
    await queue.left(EVENTS, subject)  # is answered after that
    return heard


async def _first(queue: Queue, subject: str) -> tuple[str, bytes]:
    async with aclosing(queue.events(subject)) as events:
        return await anext(events)
