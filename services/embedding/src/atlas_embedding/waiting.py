"""Batches from a queue."""

import asyncio
from typing import TypeVar

Item = TypeVar("Item")


async def take(queue: asyncio.Queue[Item], count: int, seconds: float) -> list[Item]:
    """The next item, and those that come within `seconds` after it, up to `count`. Each needs a `task_done`."""
    items = [await queue.get()]
    try:
        async with asyncio.timeout(seconds):
            while len(items) < count:
                items.append(await queue.get())
    except TimeoutError:
        pass
    return items
