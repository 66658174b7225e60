"""The composition root: real parts, put together and served until the process is told to stop."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import FrameType

import uvicorn
from atlas_common.errors import AtlasError
from atlas_common.schemas import CURATION, TAKEDOWNS
from atlas_common.settings import QueueSettings, StoreSettings, TableSettings
from atlas_common.store import ObjectStore
from atlas_common.tables import Tables, Upkeep
from fastapi import FastAPI

from atlas_gateway.app import create_app
from atlas_gateway.bulletin import EventStream
from atlas_gateway.library.library import open_library
from atlas_gateway.parts import Parts, Services
from atlas_gateway.remote.calls import Remote
from atlas_gateway.remote.clustering import Clustering
from atlas_gateway.remote.crawler import Crawler
from atlas_gateway.remote.embedding import Embedding
from atlas_gateway.settings import GatewaySettings
from atlas_gateway.shelf import Shelf

CHECK_SECONDS = 2.0
OWN_TABLES = (CURATION, TAKEDOWNS)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the gateway reads from its environment."""

    gateway: GatewaySettings = field(default_factory=GatewaySettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    queue: QueueSettings = field(default_factory=QueueSettings)
    tables: TableSettings = field(default_factory=TableSettings)


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way then have `grace_seconds` to finish."""
    gateway, stopping = settings.gateway, asyncio.Event()
    objects, events = ObjectStore(settings.store), EventStream(settings.queue)
    await objects.prepare()
    tables = Tables.in_store(settings.store)
    library = await asyncio.to_thread(open_library, tables)
    remotes = [
        Remote("crawler", gateway.crawler),
        Remote("embedding", gateway.embedding),
        Remote("clustering", gateway.clustering),
    ]
    crawler, embedding, clustering = remotes
    shelf = Shelf(library.published)
    parts = Parts(
        settings=gateway,
        services=Services(Crawler(crawler), Embedding(embedding), Clustering(clustering)),
        library=library,
        objects=objects,
        shelf=shelf,
        checks={
            "store": lambda: _answers(objects.exists("readyz")),
            "tables": lambda: _answers(asyncio.to_thread(library.published.versions)),
            "queue": events.answers,
        },
        bulletin=events,
        stopping=stopping,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        hints = asyncio.Event()
        loops = [
            asyncio.create_task(shelf.keep_fresh(hints, gateway.refresh_seconds)),
            asyncio.create_task(events.follow(hints)),
            asyncio.create_task(Upkeep(tables, OWN_TABLES, settings.tables).run(stopping)),
        ]
        yield
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await events.close()
        for remote in remotes:
            await remote.close()
        objects.close()

    await _Server(create_app(parts, lifespan), gateway, stopping).serve()


class _Server(uvicorn.Server):
    """Ends well when it is asked to: open event streams end, too, and the exit code is 0, not the signal's."""

    def __init__(self, app: FastAPI, settings: GatewaySettings, stopping: asyncio.Event) -> None:
        host, _, port = settings.listen.rpartition(":")
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=int(port),
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=round(settings.grace_seconds),
            )
        )
        self._loop = asyncio.get_running_loop()
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._stopping.set)


async def _answers(call: Awaitable[object]) -> bool:
    try:
        await asyncio.wait_for(call, CHECK_SECONDS)
    except (AtlasError, TimeoutError):
        return False
    return True
