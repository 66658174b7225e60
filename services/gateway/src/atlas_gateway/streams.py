"""Server-Sent Events that end when their source does, or when the process is told to stop."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

from fastapi.sse import ServerSentEvent

from atlas_gateway.model.resource import Resource

Shown = TypeVar("Shown", bound=Resource)


async def events(name: str, source: AsyncIterator[Shown], stopping: asyncio.Event) -> AsyncIterator[ServerSentEvent]:
    """An event `name` for each resource that `source` yields."""
    stop = asyncio.create_task(stopping.wait())
    try:
        while True:
            following = asyncio.create_task(_next(source))
            await asyncio.wait([stop, following], return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                following.cancel()
                return
            resource = following.result()
            if resource is None:
                return
            yield ServerSentEvent(event=name, data=resource)
    finally:
        stop.cancel()


async def _next(source: AsyncIterator[Shown]) -> Shown | None:
    return await anext(source, None)
