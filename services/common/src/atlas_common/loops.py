"""Work that goes on beside a server until it is told to stop."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

from atlas_common.errors import Unavailable
from atlas_common.logs import get_logger

Background = Callable[[asyncio.Event], Coroutine[None, None, None]]
"""Runs until the event is set."""

log = get_logger(__name__)


async def first_of(*events: asyncio.Event, seconds: float) -> None:
    """Return when any of the events is set, or so many seconds have passed."""
    waiters = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiters, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiters:
            waiter.cancel()


async def every(seconds: float, work: Callable[[], Awaitable[object]], stop: asyncio.Event) -> None:
    """Do the work now, and again after each pause, until `stop` is set; where a part is away, the next time will do."""
    while not stop.is_set():
        try:
            await work()
        except Unavailable as error:
            log.warning("part_unavailable", error=str(error))
        await first_of(stop, seconds=seconds)
