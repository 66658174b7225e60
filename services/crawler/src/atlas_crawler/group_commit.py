"""Group commit: what many workers finish within a moment is written at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class GroupCommit(Generic[Item]):
    """Gathers items for `seconds`, then hands them to `commit` in one call; commits never overlap."""

    def __init__(self, commit: Callable[[list[Item]], Awaitable[None]], seconds: float) -> None:
        self._commit = commit
        self._seconds = seconds
        self._gathered: list[Item] = []
        self._next: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    async def write(self, items: Iterable[Item]) -> None:
        """Return once the items are committed; raise what the commit raised."""
        self._gathered.extend(items)
        if self._next is None:
            self._next = asyncio.create_task(self._commit_soon())
        await asyncio.shield(self._next)

    async def _commit_soon(self) -> None:
        await asyncio.sleep(self._seconds)
        async with self._turn:
            gathered, self._gathered, self._next = self._gathered, [], None
            await self._commit(gathered)
