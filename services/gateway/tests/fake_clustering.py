# ruff: noqa: N802 - gRPC names its methods so
"""A stand-in for the clustering service."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
from atlas.clustering.v1 import clustering_pb2
from atlas.clustering.v1.clustering_pb2_grpc import ClusteringServiceServicer
from atlas_common.errors import Conflict, NotFound

Context = grpc.aio.ServicerContext[Any, Any]


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
