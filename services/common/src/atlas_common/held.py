"""Held: a cap on the bytes in memory that came from outside, from when they are read until nobody needs them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

Room = Callable[[int], Awaitable[None]]
"""Waits until there is room for so many bytes in memory, and takes it."""


class HeldBytes:
    """Lends `most` bytes of memory, in the order in which they are asked for; what is larger gets in alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()

    async def some(self) -> None:
        """Wait until there is room at all, and nobody waits for more of it."""
        async with self._turn:
            await self._room_for(1)

    async def take(self, hold: ExitStack, size: int) -> None:
        """Wait for room for `size` bytes, all of it where they are more, and take it until `hold` is closed.

        What `hold` has is given back first: who waits holds nothing, so that nobody waits for ever.
        """
        hold.close()
        async with self._turn:
            await self._room_for(size)
            self._held += size
        hold.callback(self._give_back, size)

    async def _room_for(self, size: int) -> None:
        while self._held and self._held + size > self._most:
            self._freed.clear()
            await self._freed.wait()

    def _give_back(self, size: int) -> None:
        self._held -= size
        self._freed.set()
