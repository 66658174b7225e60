"""Outages of the store in the middle of a run."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from atlas_common.errors import Unavailable
from atlas_common.logs import get_logger
from atlas_common.loops import first_of

from atlas_clustering.run import Cancelled

PAUSES_SECONDS = (1, 2, 5, 10, 20, 40)

Result = TypeVar("Result")

log = get_logger(__name__)


async def outlast(work: Callable[[], Awaitable[Result]], pauses: Iterable[float], stop: asyncio.Event) -> Result:
    """What the work comes to; where the store was away, it is done once more after each of the pauses.

    Only for what may be repeated. Raises `Unavailable` after the last one, and `Cancelled` when told to stop in one.
    """
    for pause in pauses:
        try:
            return await work()
        except Unavailable as error:
            log.warning("run_waits_for_store", seconds=pause, error=str(error))
        await first_of(stop, seconds=pause)
        if stop.is_set():
            raise Cancelled
    return await work()
