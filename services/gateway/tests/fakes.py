# ruff: noqa: N802 - gRPC names its methods so
"""Stand-ins for what lies beyond the gateway: services on a Unix socket, and a bucket in memory."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
from atlas.clustering.v1 import clustering_pb2
from atlas.clustering.v1.clustering_pb2_grpc import ClusteringServiceServicer
from atlas.common.v1.common_pb2 import Count, Vector
from atlas.crawler.v1 import crawler_pb2
from atlas.crawler.v1.crawler_pb2_grpc import CrawlerServiceServicer
from atlas.embedding.v1 import embedding_pb2
from atlas.embedding.v1.embedding_pb2_grpc import EmbeddingServiceServicer
from atlas_common.errors import Conflict, InvalidInput, NotFound

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
        names = sorted(self.crawls)
        start = int(request.page.page_token or 0)
        end = start + request.page.page_size
        token = str(end) if end < len(names) else ""
        crawls = [self.crawls[name] for name in names[start:end]]
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
        duplicate = request.content in self.stored
        self.stored.append(request.content)
        return crawler_pb2.StoreImageResponse(sha256="a" * 64, duplicate=duplicate)

    def _changed(self, crawl_id: str, state: "crawler_pb2.CrawlState.ValueType") -> crawler_pb2.Crawl:
        self.crawls[crawl_id].state = state
        return self.crawls[crawl_id]


class FakeEmbedding(EmbeddingServiceServicer):
    """Every picture has the same features."""

    def __init__(self, model: str, features: dict[str, list[float]]) -> None:
        self.model = model
        self.features = features
        self.retried: list[str] = []

    async def EmbedImage(  # type: ignore[override]
        self, request: embedding_pb2.EmbedImageRequest, context: Context
    ) -> embedding_pb2.EmbedImageResponse:
        vectors = [Vector(name=name, values=values) for name, values in self.features.items()]
        return embedding_pb2.EmbedImageResponse(model=self.model, features=vectors)

    async def GetStatus(self, request: embedding_pb2.GetStatusRequest, context: Context) -> embedding_pb2.Status:  # type: ignore[override]
        return embedding_pb2.Status(model=self.model)

    async def RetryFailures(  # type: ignore[override]
        self, request: embedding_pb2.RetryFailuresRequest, context: Context
    ) -> embedding_pb2.RetryFailuresResponse:
        self.retried += request.reasons
        return embedding_pb2.RetryFailuresResponse(queued=2)


class FakeClustering(ClusteringServiceServicer):
    """A run is published at the second look."""

    def __init__(self) -> None:
        self.runs: dict[str, clustering_pb2.Run] = {}

    def publish(self, *run_ids: str) -> None:
        """Runs that were published one after another."""
        for seconds, run_id in enumerate(run_ids, 1):
            run = clustering_pb2.Run(run_id=run_id, state=clustering_pb2.RUN_STATE_PUBLISHED)
            run.started_at.FromSeconds(seconds)
            self.runs = {run_id: run, **self.runs}

    async def StartRun(self, request: clustering_pb2.StartRunRequest, context: Context) -> clustering_pb2.Run:  # type: ignore[override]
        run = clustering_pb2.Run(run_id="run-1", spec=request.spec, state=clustering_pb2.RUN_STATE_RUNNING)
        run.started_at.GetCurrentTime()
        self.runs[run.run_id] = run
        return run

    async def GetRun(self, request: clustering_pb2.GetRunRequest, context: Context) -> clustering_pb2.Run:  # type: ignore[override]
        if request.run_id not in self.runs:
            raise NotFound(f"there is no run {request.run_id}", reason="no_such_run")
        return self.runs[request.run_id]

    async def ListRuns(  # type: ignore[override]
        self, request: clustering_pb2.ListRunsRequest, context: Context
    ) -> clustering_pb2.ListRunsResponse:
        return clustering_pb2.ListRunsResponse(runs=self.runs.values())

    async def WatchRun(  # type: ignore[override]
        self, request: clustering_pb2.GetRunRequest, context: Context
    ) -> AsyncIterator[clustering_pb2.Run]:
        run = await self.GetRun(request, context)
        yield run
        run.state = clustering_pb2.RUN_STATE_PUBLISHED
        yield run

    async def CancelRun(self, request: clustering_pb2.CancelRunRequest, context: Context) -> clustering_pb2.Run:  # type: ignore[override]
        self.runs[request.run_id].state = clustering_pb2.RUN_STATE_CANCELLED
        return self.runs[request.run_id]

    async def GetDrift(self, request: clustering_pb2.GetDriftRequest, context: Context) -> clustering_pb2.Drift:  # type: ignore[override]
        if not self.runs:
            raise Conflict("no run is published yet", reason="no_published_run")
        return clustering_pb2.Drift(run_id="run-1", stickers=100, outliers=2, late=40, late_outliers=12, proposal="why")

    async def CompareRuns(  # type: ignore[override]
        self, request: clustering_pb2.CompareRunsRequest, context: Context
    ) -> clustering_pb2.RunComparison:
        flow = clustering_pb2.AlbumFlow(first_album_id="cats", second_album_id="dogs", stickers=3)
        return clustering_pb2.RunComparison(stickers=10, moved=3, agreement=0.5, flows=[flow])

    async def CompareAlbums(  # type: ignore[override]
        self, request: clustering_pb2.CompareAlbumsRequest, context: Context
    ) -> clustering_pb2.AlbumComparison:
        """Stickers 0 to 3 are in the first album and 4 to 7 in the second, in the order of the line."""
        spots = [clustering_pb2.LinePosition(sha256=f"{n:064x}", position=n / 7) for n in range(8)]
        first = clustering_pb2.AlbumSide(stickers=5, between=1, histogram=[3, 2, 0, 0], typical=spots[:2])
        second = clustering_pb2.AlbumSide(stickers=3, beyond=1, histogram=[0, 0, 1, 2], typical=spots[:5:-1])
        first.border.extend(spots[3:1:-1])
        second.border.extend(spots[4:6])
        return clustering_pb2.AlbumComparison(
            run_id="run-1",
            distance=0.5,
            separation=4.2,
            first=first,
            second=second,
            histogram_start=-0.5,
            histogram_step=0.5,
        )

    async def NearestAlbums(  # type: ignore[override]
        self, request: clustering_pb2.NearestAlbumsRequest, context: Context
    ) -> clustering_pb2.NearestAlbumsResponse:
        match = clustering_pb2.AlbumMatch(album_id="cats", distance=0.1, strength=0.9)
        return clustering_pb2.NearestAlbumsResponse(run_id="run-1", albums=[match])


class Bucket:
    """Objects in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    async def get(self, key: str) -> bytes:
        if key not in self.objects:
            raise NotFound(f"{key} is not in the store")
        return self.objects[key]

    async def remove(self, key: str) -> None:
        self.objects.pop(key, None)


class Bulletin:
    """Counts announcements."""

    def __init__(self) -> None:
        self.announced = 0

    async def announce(self) -> None:
        self.announced += 1
