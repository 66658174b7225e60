"""Waiting for one of several things."""

import asyncio


async def first_of(*events: asyncio.Event, seconds: float) -> None:
    """Return when any of the events is set, or so many seconds have passed."""
    waiters = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waiters, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for waiter in waiters:
        waiter.cancel()
