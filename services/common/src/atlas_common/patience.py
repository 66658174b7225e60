"""Patience at the start, so that parts may come up in any order."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TypeVar

from pydantic_settings import BaseSettings

from atlas_common.errors import Unavailable
from atlas_common.logs import get_logger

PAUSE_SECONDS = 1

Made = TypeVar("Made")
Make = Callable[[AsyncExitStack], Awaitable[Made]]
"""Connects what it needs, registers on the stack what is to be closed in the end, and raises `Unavailable`."""

log = get_logger(__name__)


async def patiently(make: Make[Made], parts: AsyncExitStack, settings: BaseSettings, seconds: float) -> Made:
    """What `make` returns; it is called anew, with nothing left open, until every part that it needs answers.

    `parts` closes what it opened. Raises `Unavailable` after `seconds`, which is `start_seconds` of these settings.
    """
    clock = asyncio.get_running_loop().time
    ends = clock() + seconds
    while True:
        try:
            async with AsyncExitStack() as attempt:
                made = await make(attempt)
                parts.push_async_exit(attempt.pop_all())
                return made
        except Unavailable as error:
            if clock() > ends:
                setting = f"{settings.model_config['env_prefix']}START_SECONDS"
                raise Unavailable(f"{error} (waited {seconds:g} s for it; {setting} says how long)") from error
            log.warning("waiting_for_part", error=str(error))
        await asyncio.sleep(PAUSE_SECONDS)
