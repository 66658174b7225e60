"""Held: a cap on the bytes of images that wait in memory to be kept."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class HeldBytes:
    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._room = asyncio.Event()
        self._room.set()

    async def room(self) -> None:
        """Wait until fewer bytes are held than may be."""
        await self._room.wait()

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        self._count(size)
        try:
            yield
        finally:
            self._count(-size)

    def _count(self, change: int) -> None:
        self._held += change
        if self._held < self._most:
            self._room.set()
        else:
            self._room.clear()
