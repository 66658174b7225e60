"""The crawler, as the gateway sees it."""

from collections.abc import AsyncIterator, Iterable
from typing import Literal, cast

from atlas.common.v1.common_pb2 import PageRequest
from atlas.crawler.v1 import crawler_pb2 as pb
from atlas.crawler.v1.crawler_pb2_grpc import CrawlerServiceStub

from atlas_gateway.model.crawls import Crawl, CrawlProgress, CrawlState, Limits, Source
from atlas_gateway.model.images import StoredImage
from atlas_gateway.model.resource import Page
from atlas_gateway.remote.calls import Remote
from atlas_gateway.remote.times import moment

Change = Literal["pause", "resume", "cancel"]


class Crawler:
    """Starts, watches and steers crawls, and stores pictures that people hand over."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._stub = CrawlerServiceStub(remote.channel)

    async def start(self, source: Source) -> Crawl:
        request = pb.StartCrawlRequest(source=_source_message(source))
        return _crawl(await self._remote.call(self._stub.StartCrawl, request))

    async def get(self, crawl_id: str) -> Crawl:
        return _crawl(await self._remote.call(self._stub.GetCrawl, pb.GetCrawlRequest(crawl_id=crawl_id)))

    async def page(self, size: int, cursor: str) -> Page[Crawl]:
        request = pb.ListCrawlsRequest(page=PageRequest(page_size=size, page_token=cursor))
        reply = await self._remote.call(self._stub.ListCrawls, request)
        return Page(items=[_crawl(crawl) for crawl in reply.crawls], next_cursor=reply.next_page_token or None)

    async def watch(self, crawl_id: str) -> AsyncIterator[Crawl]:
        async for crawl in self._remote.watch(self._stub.WatchCrawl, pb.GetCrawlRequest(crawl_id=crawl_id)):
            yield _crawl(crawl)

    async def change(self, crawl_id: str, change: Change) -> Crawl:
        stub = self._stub
        match change:
            case "pause":
                reply = await self._remote.call(stub.PauseCrawl, pb.PauseCrawlRequest(crawl_id=crawl_id))
            case "resume":
                reply = await self._remote.call(stub.ResumeCrawl, pb.ResumeCrawlRequest(crawl_id=crawl_id))
            case "cancel":
                reply = await self._remote.call(stub.CancelCrawl, pb.CancelCrawlRequest(crawl_id=crawl_id))
        return _crawl(reply)

    async def retry(self, crawl_id: str, reasons: Iterable[str]) -> Crawl:
        request = pb.RetryFailuresRequest(crawl_id=crawl_id, reasons=reasons)
        return _crawl(await self._remote.call(self._stub.RetryFailures, request))

    async def store(self, content: bytes, name: str) -> StoredImage:
        reply = await self._remote.call(self._stub.StoreImage, pb.StoreImageRequest(content=content, name=name))
        return StoredImage(sha256=reply.sha256, duplicate=reply.duplicate)


def _source_message(source: Source) -> pb.Source:
    limits = pb.Limits(depth=source.limits.depth, pages=source.limits.pages, images=source.limits.images)
    return pb.Source(kind=source.kind, location=source.location, limits=limits, options=source.options)


def _crawl(crawl: pb.Crawl) -> Crawl:
    limits = crawl.source.limits
    return Crawl(
        crawl_id=crawl.crawl_id,
        source=Source(
            kind=crawl.source.kind,
            location=crawl.source.location,
            limits=Limits(depth=limits.depth, pages=limits.pages, images=limits.images),
            options=dict(crawl.source.options),
        ),
        state=_state(crawl.state),
        progress=_progress(crawl.progress),
        started_at=moment(crawl, "started_at"),
        finished_at=moment(crawl, "finished_at"),
        detail=crawl.detail,
    )


def _state(state: "pb.CrawlState.ValueType") -> CrawlState:
    return cast(CrawlState, pb.CrawlState.Name(state).removeprefix("CRAWL_STATE_").lower())


def _progress(progress: pb.CrawlProgress) -> CrawlProgress:
    return CrawlProgress(
        pages_found=progress.pages_found,
        pages_done=progress.pages_done,
        found=progress.found,
        stored=progress.stored,
        duplicate=progress.duplicate,
        failed=progress.failed,
        failures={count.name: count.count for count in progress.failures},
        images_per_second=progress.images_per_second,
        eta_seconds=progress.eta_seconds,
    )
