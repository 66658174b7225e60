"""Server-Sent Events that end when their source does, who watches has left, or the process is told to stop."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

from atlas_common.errors import Unavailable
from atlas_common.logs import get_logger
from atlas_common.stopping import unless
from fastapi.sse import ServerSentEvent

from atlas_gateway.model.resource import Resource

Shown = TypeVar("Shown", bound=Resource)

log = get_logger(__name__)


async def events(name: str, source: AsyncIterator[Shown], stopping: asyncio.Event) -> AsyncIterator[ServerSentEvent]:
    """An event `name` for each resource that `source` yields; who watches asks again where a part went away."""
    try:
        while (resource := await unless(stopping, _next(source))) is not None:
            yield ServerSentEvent(event=name, data=resource)
    except Unavailable as error:
        log.warning("stream_ended", stream=name, error=str(error))


async def _next(source: AsyncIterator[Shown]) -> Shown | None:
    return await anext(source, None)
