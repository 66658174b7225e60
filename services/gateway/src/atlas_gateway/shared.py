"""What many ask for, looked up once for all of them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

SHARE = 10  # looking takes at most a tenth of the time

Found = TypeVar("Found")


class Shared(Generic[Found]):
    """Answers with what was found less than `seconds` ago, or longer where looking takes long."""

    def __init__(self, seconds: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._turn = asyncio.Lock()
        self._found: Found | None = None
        self._fresh_until = 0.0

    async def get(self, look: Callable[[], Awaitable[Found]]) -> Found:
        """Raises what `look` raises."""
        async with self._turn:
            started = self._clock()
            if self._found is None or started >= self._fresh_until:
                self._found = await look()
                now = self._clock()
                self._fresh_until = now + max(self._seconds, SHARE * (now - started))
            return self._found
