"""Held: a cap on the bytes of images in memory, from when they are read until nobody needs them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

Room = Callable[[int], Awaitable[None]]
"""Waits until there is room for so many bytes in memory, and takes it."""


class HeldBytes:
    """Lends `most` bytes of memory; an image that is larger gets in alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._freed = asyncio.Event()

    async def some(self) -> None:
        """Wait until there is room at all."""
        while self._held >= self._most:
            await self._change()

    async def take(self, hold: ExitStack, size: int) -> None:
        """Wait for room for `size` bytes, all of it where they are more, and take it until `hold` is closed."""
        while self._held and self._held + size > self._most:
            await self._change()
        self._held += size
        hold.callback(self._give_back, size)

    def _give_back(self, size: int) -> None:
        self._held -= size
        self._freed.set()

    async def _change(self) -> None:
        self._freed.clear()
        await self._freed.wait()
