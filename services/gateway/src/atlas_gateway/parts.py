"""What the routes work with, put together once by the composition root."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Protocol

from atlas_common.errors import Unavailable
from fastapi import Depends, Request

from atlas_gateway.library.library import Library
from atlas_gateway.model.status import Status
from atlas_gateway.remote.clustering import Clustering
from atlas_gateway.remote.crawler import Crawler
from atlas_gateway.remote.embedding import Embedding
from atlas_gateway.settings import GatewaySettings
from atlas_gateway.shared import Shared
from atlas_gateway.shelf import Shelf


class Objects(Protocol):
    """The bytes in the bucket."""

    async def get(self, key: str) -> bytes: ...

    async def remove(self, key: str) -> None: ...


class Bulletin(Protocol):
    """Tells the other replicas that people have decided something."""

    async def announce(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Services:
    """The other services."""

    crawler: Crawler
    embedding: Embedding
    clustering: Clustering


@dataclass(frozen=True, slots=True)
class Parts:
    """checks: whether each part that is relied on answers, by its name. looks: at how far the stickers have come."""

    settings: GatewaySettings
    services: Services
    library: Library
    objects: Objects
    shelf: Shelf
    checks: dict[str, Callable[[], Awaitable[bool]]]
    bulletin: Bulletin
    stopping: asyncio.Event
    looks: Shared[Status] = field(default_factory=Shared)


def found(request: Request) -> Parts | None:
    """The parts; None while the gateway still waits for them."""
    parts: Parts | None = request.app.state.parts
    return parts


Found = Annotated[Parts | None, Depends(found)]


def _given(parts: Found) -> Parts:
    if parts is None:
        raise Unavailable("the gateway has just started, and waits for its store to answer", reason="starting")
    return parts


Given = Annotated[Parts, Depends(_given)]
