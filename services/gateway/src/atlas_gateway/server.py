"""The composition root: real parts, put together and served until the process is told to stop."""

import asyncio
import signal
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from types import FrameType

import uvicorn
from atlas_common.backing import BackingSettings
from atlas_common.ending import end_within
from atlas_common.errors import AtlasError
from atlas_common.loops import Background
from atlas_common.patience import patiently
from atlas_common.schemas import CURATION, TAKEDOWNS
from atlas_common.stopping import unless
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
from atlas_gateway.slow_clients import Timely

CHECK_SECONDS = 2.0
OWN_TABLES = (CURATION, TAKEDOWNS)

Loops = tuple[Background, ...]


@dataclass(frozen=True, slots=True)
class Settings(BackingSettings):
    """Everything that the gateway reads from its environment."""

    service: GatewaySettings = field(default_factory=GatewaySettings)


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way then have `grace_seconds` to finish.

    The gateway listens at once: alive, but not ready until the store has answered. From then on it keeps what it serves
    up to date; the process ends when that fails.
    """
    stopping = asyncio.Event()
    app = create_app(settings.service)
    server = _Server(app, settings.service, stopping)
    async with AsyncExitStack() as stack:
        working = asyncio.create_task(_work(app, settings, stopping, stack))
        working.add_done_callback(lambda _: server.end())
        await server.serve()
        await working


async def _work(app: FastAPI, settings: Settings, stopping: asyncio.Event, stack: AsyncExitStack) -> None:
    """Find the parts for the application, which `stack` closes, and run the loops beside it until told to stop."""
    make = partial(compose, settings, stopping)
    composing = patiently(make, stack, settings.service, settings.service.start_seconds)
    if composed := await unless(stopping, composing):
        app.state.parts, loops = composed
        async with asyncio.TaskGroup() as tasks:
            for loop in loops:
                tasks.create_task(loop(stopping))


async def compose(settings: Settings, stopping: asyncio.Event, stack: AsyncExitStack) -> tuple[Parts, Loops]:
    """Connect every part; `stack` closes them in the end."""
    gateway, tables = settings.service, Tables.in_store(settings.store)
    objects = ObjectStore(settings.store)
    await objects.prepare()
    library = await asyncio.to_thread(open_library, tables)
    events, hints, shelf = EventStream(settings.queue), asyncio.Event(), Shelf(library.published)
    stack.push_async_callback(events.close)
    remotes = [
        Remote("crawler", gateway.crawler),
        Remote("embedding", gateway.embedding),
        Remote("clustering", gateway.clustering),
    ]
    for remote in remotes:
        stack.push_async_callback(remote.close)
    crawler, embedding, clustering = remotes
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
    upkeep = Upkeep(tables, OWN_TABLES, settings.tables)
    return parts, (
        partial(shelf.keep_fresh, hints=hints, every=gateway.refresh_seconds),
        partial(events.follow, hints=hints),
        upkeep.run,
    )


class _Server(uvicorn.Server):
    """Ends well when it is asked to: open event streams end, too, and the exit code is 0, not the signal's."""

    def __init__(self, app: FastAPI, settings: GatewaySettings, stopping: asyncio.Event) -> None:
        host, _, port = settings.listen.rpartition(":")
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=int(port),
                http=Timely,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=round(settings.grace_seconds),
            )
        )
        self._loop = asyncio.get_running_loop()
        self._stopping = stopping
        self._grace_seconds = settings.grace_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self._loop.call_soon_threadsafe(self.end)

    def end(self) -> None:
        self.should_exit = True
        if not self._stopping.is_set():
            self._stopping.set()
            end_within(self._grace_seconds)


async def _answers(call: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await call
    except (AtlasError, TimeoutError):
        return False
    return True
