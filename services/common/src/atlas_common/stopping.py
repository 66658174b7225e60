"""Work that goes on until the process is told to stop."""

import asyncio
import signal
from collections.abc import Coroutine, Sequence
from typing import TypeVar

Result = TypeVar("Result")

AGAIN_SECONDS = 1.0


def told_to_stop() -> asyncio.Event:
    """Set by SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    return stop


async def unless(stop: asyncio.Event, work: Coroutine[None, None, Result]) -> Result | None:
    """What the work comes to; None when told to stop before that. Work that is not waited for any more is cancelled."""
    task = asyncio.create_task(work)
    try:
        await until(stop, [task])
    finally:
        await cancel(task)
    return None if task.cancelled() or task.exception() else task.result()


async def cancel(task: asyncio.Task[Result]) -> None:
    """Cancel the task until it has ended.

    Once is not enough: before Python 3.12 `asyncio.wait_for` loses a cancellation that comes together with its result.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN_SECONDS)


async def until(stop: asyncio.Event, tasks: Sequence[asyncio.Task[Result]]) -> None:
    """Return when told to stop, or when the first task ends; raise what that raised."""
    waiter = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([waiter, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiter.cancel()
    for task in tasks:
        if task in done:
            task.result()


async def finish(tasks: Sequence[asyncio.Task[Result]], seconds: float) -> None:
    """Wait for tasks that were told to stop; cancel those that take longer than so many seconds."""
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=seconds)
        await asyncio.gather(*map(cancel, late))
