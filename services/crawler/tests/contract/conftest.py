"""A crawler with a real queue and a real store, and web sites for it to crawl."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from atlas.crawler.v1 import crawler_pb2 as pb
from atlas.crawler.v1 import crawler_pb2_grpc
from atlas_common.settings import QueueSettings, StoreSettings
from atlas_common.tables import Tables
from atlas_crawler.server import Settings, compose
from atlas_crawler.settings import CrawlerSettings, FetchSettings

from services.common.tests.served import served

LANES = 2


@dataclass
class Site:
    """A web site: what it answers, by path, as long as it is opened, and what it was asked."""

    files: dict[str, bytes | web.Response | Callable[[web.Request], web.Response]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.opened.set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        await self.opened.wait()
        found = self.files.get(request.path)
        if found is None:
            return web.Response(status=404)
        if callable(found):
            return found(request)
        if isinstance(found, web.Response):
            return web.Response(status=found.status, body=found.body, headers=found.headers)
        return web.Response(body=found, content_type="text/html" if found.startswith(b"<") else None)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_get("/{path:.*}", site.answer)
    async with TestServer(app) as server:
        site.url = str(server.make_url("/"))
        yield site


@dataclass
class Crawler:
    """A crawler as its callers see it, and the tables it writes."""

    stub: crawler_pb2_grpc.CrawlerServiceStub
    tables: Tables

    async def start(self, kind: str, location: str, options: Mapping[str, str] | None = None, **limits: int) -> str:
        source = pb.Source(kind=kind, location=location, limits=pb.Limits(**limits), options=options)
        crawl = await self.stub.StartCrawl(pb.StartCrawlRequest(source=source))
        return str(crawl.crawl_id)

    async def end(self, crawl_id: str) -> pb.Crawl:
        """The crawl once it has ended."""
        async for crawl in self.stub.WatchCrawl(pb.GetCrawlRequest(crawl_id=crawl_id)):
            last = crawl
        return last

    async def crawl(
        self, kind: str, location: str, options: Mapping[str, str] | None = None, **limits: int
    ) -> pb.Crawl:
        return await self.end(await self.start(kind, location, options, **limits))


def failures(crawl: pb.Crawl) -> dict[str, int]:
    return {count.name: count.count for count in crawl.progress.failures}


@pytest.fixture
def settings(minio: StoreSettings, nats: QueueSettings, tmp_path: Path) -> Settings:
    return Settings(
        service=CrawlerSettings(lanes=LANES, commit_seconds=0.05, oversee_seconds=0.2),
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), folders=(tmp_path,)),
        store=minio,
        queue=nats,
    )


@asynccontextmanager
async def running(settings: Settings, folder: Path) -> AsyncIterator[Crawler]:
    async with AsyncExitStack() as stack:
        service = await compose(settings, stack)
        channel = await stack.enter_async_context(served(service, f"unix:{folder}/crawler"))
        yield Crawler(crawler_pb2_grpc.CrawlerServiceStub(channel), Tables.in_store(settings.store))


@pytest.fixture
async def crawler(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crawler]:
    async with running(settings, tmp_path_factory.mktemp("run")) as crawler:
        yield crawler
