# ruff: noqa: N802 - gRPC names its methods so
"""A stand-in for the crawler."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
from atlas.common.v1.common_pb2 import Count
from atlas.crawler.v1 import crawler_pb2
from atlas.crawler.v1.crawler_pb2_grpc import CrawlerServiceServicer
from atlas_common.errors import InvalidInput, NotFound
from atlas_common.paging import page_of

from services.gateway.tests.fakes import look_at

Context = grpc.aio.ServicerContext[Any, Any]


class FakeCrawler(CrawlerServiceServicer):
    """Remembers what it was asked for; a crawl it started is finished at the second look."""

    def __init__(self) -> None:
        self.crawls: dict[str, crawler_pb2.Crawl] = {}
        self.stored: list[bytes] = []
        self.retried: list[str] = []

    async def StartCrawl(self, request: crawler_pb2.StartCrawlRequest, context: Context) -> crawler_pb2.Crawl:  # type: ignore[override]
        if request.source.kind == "nonsense":
            raise InvalidInput("there is no source called nonsense: use web, urls, folder or archive")
        crawl = crawler_pb2.Crawl(
            crawl_id=f"crawl-{len(self.crawls)}", source=request.source, state=crawler_pb2.CRAWL_STATE_RUNNING
        )
        self.crawls[crawl.crawl_id] = crawl
        return crawl

    async def GetCrawl(self, request: crawler_pb2.GetCrawlRequest, context: Context) -> crawler_pb2.Crawl:  # type: ignore[override]
        if request.crawl_id not in self.crawls:
            raise NotFound(f"there is no crawl {request.crawl_id}", reason="no_such_crawl")
        return self.crawls[request.crawl_id]

    async def ListCrawls(  # type: ignore[override]
        self, request: crawler_pb2.ListCrawlsRequest, context: Context
    ) -> crawler_pb2.ListCrawlsResponse:
        crawls = [self.crawls[name] for name in sorted(self.crawls)]
        crawls, token = page_of(crawls, request.page.page_size, request.page.page_token)
        return crawler_pb2.ListCrawlsResponse(crawls=crawls, next_page_token=token)

    async def WatchCrawl(  # type: ignore[override]
        self, request: crawler_pb2.GetCrawlRequest, context: Context
    ) -> AsyncIterator[crawler_pb2.Crawl]:
        crawl = await self.GetCrawl(request, context)
        yield crawl
        crawl.state = crawler_pb2.CRAWL_STATE_FINISHED
        crawl.progress.MergeFrom(
            crawler_pb2.CrawlProgress(found=3, stored=2, failed=1, failures=[Count(name="http_404", count=1)])
        )
        yield crawl

    async def PauseCrawl(self, request: crawler_pb2.PauseCrawlRequest, context: Context) -> crawler_pb2.Crawl:  # type: ignore[override]
        return self._changed(request.crawl_id, crawler_pb2.CRAWL_STATE_PAUSED)

    async def ResumeCrawl(self, request: crawler_pb2.ResumeCrawlRequest, context: Context) -> crawler_pb2.Crawl:  # type: ignore[override]
        return self._changed(request.crawl_id, crawler_pb2.CRAWL_STATE_RUNNING)

    async def CancelCrawl(self, request: crawler_pb2.CancelCrawlRequest, context: Context) -> crawler_pb2.Crawl:  # type: ignore[override]
        return self._changed(request.crawl_id, crawler_pb2.CRAWL_STATE_CANCELLED)

    async def RetryFailures(self, request: crawler_pb2.RetryFailuresRequest, context: Context) -> crawler_pb2.Crawl:  # type: ignore[override]
        self.retried += request.reasons
        return self.crawls[request.crawl_id]

    async def StoreImage(  # type: ignore[override]
        self, request: crawler_pb2.StoreImageRequest, context: Context
    ) -> crawler_pb2.StoreImageResponse:
        look_at(request.content)
        duplicate = request.content in self.stored
        self.stored.append(request.content)
        return crawler_pb2.StoreImageResponse(sha256="a" * 64, duplicate=duplicate)

    def _changed(self, crawl_id: str, state: "crawler_pb2.CrawlState.ValueType") -> crawler_pb2.Crawl:
        self.crawls[crawl_id].state = state
        return self.crawls[crawl_id]
