"""The composition root: real parts, put together and served until the process is told to stop."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from types import FrameType

import uvicorn
from atlas_common.errors import AtlasError
from atlas_common.settings import QueueSettings, StoreSettings
from atlas_common.store import ObjectStore
from atlas_common.tables import Tables
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


async def serve(settings: GatewaySettings, store: StoreSettings, queue: QueueSettings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way then have `grace_seconds` to finish."""
    stopping = asyncio.Event()
    objects, events = ObjectStore(store), EventStream(queue)
    await objects.prepare()
    library = await asyncio.to_thread(open_library, Tables.in_store(store))
    remotes = [
        Remote("crawler", settings.crawler),
        Remote("embedding", settings.embedding),
        Remote("clustering", settings.clustering),
    ]
    crawler, embedding, clustering = remotes
    shelf = Shelf(library.published)
    parts = Parts(
        settings=settings,
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
            asyncio.create_task(shelf.keep_fresh(hints, settings.refresh_seconds)),
            asyncio.create_task(events.follow(hints)),
        ]
        yield
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await events.close()
        for remote in remotes:
            await remote.close()
        objects.close()

    await _Server(create_app(parts, lifespan), settings, stopping).serve()


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
