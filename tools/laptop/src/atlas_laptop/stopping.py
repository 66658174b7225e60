"""Ends in order when it is told to: by Ctrl-C, or by SIGTERM from whoever started this."""

import asyncio
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def cancel_on_signals() -> None:
    """From now on a signal cancels the current task, so that every context it is in is left."""
    task = asyncio.current_task()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, task.cancel if task else lambda: None)


async def until_signalled() -> None:
    """Returns at the next signal."""
    told = asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()
