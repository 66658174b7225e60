"""Queues of what somebody waits for: who works on them, what they take, and how those who wait are told."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
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


@asynccontextmanager
async def working(workers: Iterable[Coroutine[object, object, None]]) -> AsyncIterator[None]:
    """Have them work until the context is left."""
    tasks = [asyncio.create_task(worker) for worker in workers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def tell(waiting: asyncio.Future[Item], outcome: Item | Exception) -> None:
    """Give it to who waits for it, unless they no longer do."""
    if waiting.cancelled():
        return
    if isinstance(outcome, Exception):
        waiting.set_exception(outcome)
    else:
        waiting.set_result(outcome)
