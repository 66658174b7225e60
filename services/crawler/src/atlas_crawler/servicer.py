"""CrawlerService: protobuf to model and back, nothing else."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from atlas.common.v1 import common_pb2
from atlas.crawler.v1 import crawler_pb2 as pb
from atlas.crawler.v1 import crawler_pb2_grpc
from atlas_common.paging import page_of

from atlas_crawler.crawls import ManageCrawls
from atlas_crawler.model.crawls import ENDED, Crawl, Limits, Origin
from atlas_crawler.settings import LimitSettings
from atlas_crawler.sources.urls import GIVEN
from atlas_crawler.store_upload import StoreUpload
from atlas_crawler.watching import Counted, WatchProgress

WATCH_SECONDS = 0.5


class CrawlerServicer(crawler_pb2_grpc.CrawlerServiceServicer):
    def __init__(self, crawls: ManageCrawls, watch: WatchProgress, store: StoreUpload, limits: LimitSettings) -> None:
        self._crawls = crawls
        self._watch = watch
        self._store = store
        self._limits = limits

    async def StartCrawl(self, request: pb.StartCrawlRequest, context: Any) -> pb.Crawl:
        return await self._shown(await self._crawls.start(self._origin(request.source)))

    async def GetCrawl(self, request: pb.GetCrawlRequest, context: Any) -> pb.Crawl:
        return await self._shown(await self._crawls.get(request.crawl_id))

    async def ListCrawls(self, request: pb.ListCrawlsRequest, context: Any) -> pb.ListCrawlsResponse:
        page, following = page_of(await self._crawls.all(), request.page.page_size, request.page.page_token)
        shown = await asyncio.gather(*map(self._shown, page))
        for crawl in shown:
            crawl.source.options.pop(GIVEN, None)
        return pb.ListCrawlsResponse(crawls=shown, next_page_token=following)

    async def WatchCrawl(self, request: pb.GetCrawlRequest, context: Any) -> AsyncIterator[pb.Crawl]:
        sent = None
        while True:
            crawl = await self._crawls.get(request.crawl_id)
            shown = await self._shown(crawl)
            if shown != sent:
                yield shown
                sent = shown
            if crawl.state in ENDED:
                return
            await asyncio.sleep(WATCH_SECONDS)

    async def PauseCrawl(self, request: pb.PauseCrawlRequest, context: Any) -> pb.Crawl:
        return await self._shown(await self._crawls.pause(request.crawl_id))

    async def ResumeCrawl(self, request: pb.ResumeCrawlRequest, context: Any) -> pb.Crawl:
        return await self._shown(await self._crawls.resume(request.crawl_id))

    async def CancelCrawl(self, request: pb.CancelCrawlRequest, context: Any) -> pb.Crawl:
        return await self._shown(await self._crawls.cancel(request.crawl_id))

    async def RetryFailures(self, request: pb.RetryFailuresRequest, context: Any) -> pb.Crawl:
        return await self._shown(await self._crawls.retry(request.crawl_id, list(request.reasons)))

    async def StoreImage(self, request: pb.StoreImageRequest, context: Any) -> pb.StoreImageResponse:
        stored = await self._store(request.content, request.name)
        return pb.StoreImageResponse(sha256=stored.sha256, duplicate=stored.duplicate)

    def _origin(self, source: pb.Source) -> Origin:
        asked = Limits(source.limits.depth, source.limits.pages, source.limits.images)
        return Origin(source.kind, source.location, self._limits.bound(asked), dict(source.options))

    async def _shown(self, crawl: Crawl) -> pb.Crawl:
        counted = await self._watch.of(crawl)
        shown = pb.Crawl(
            crawl_id=crawl.crawl_id,
            source=_source(crawl.origin),
            state=pb.CrawlState.Value(f"CRAWL_STATE_{crawl.state.name}"),
            progress=_progress(counted, running=crawl.state not in ENDED),
            detail=crawl.detail,
        )
        shown.started_at.FromDatetime(crawl.started_at)
        if crawl.state in ENDED:
            shown.finished_at.FromDatetime(crawl.changed_at)
        return shown


def _source(origin: Origin) -> pb.Source:
    limits = pb.Limits(depth=origin.limits.depth, pages=origin.limits.pages, images=origin.limits.images)
    return pb.Source(kind=origin.kind, location=origin.location, limits=limits, options=origin.options)


def _progress(counted: Counted, *, running: bool) -> pb.CrawlProgress:
    progress = counted.progress
    speed = counted.per_second if running else 0
    return pb.CrawlProgress(
        pages_found=progress.pages_found,
        pages_done=progress.pages_done,
        found=progress.found,
        stored=progress.stored,
        duplicate=progress.duplicate,
        failed=progress.failed,
        failures=[common_pb2.Count(name=name, count=count) for name, count in sorted(progress.failures.items())],
        images_per_second=speed,
        eta_seconds=(progress.found - progress.images_done) / speed if speed else 0,
    )
