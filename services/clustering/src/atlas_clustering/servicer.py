"""gRPC messages to the model and back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, TypeAlias

import grpc
import numpy as np
from atlas.clustering.v1 import clustering_pb2 as pb
from atlas.clustering.v1.clustering_pb2_grpc import ClusteringServiceServicer
from atlas_common.paging import page_of

from atlas_clustering.beside import START, STEP, Side
from atlas_clustering.desk import RunDesk
from atlas_clustering.lookout import Lookout
from atlas_clustering.model import Run, RunSpec, RunState

MOST_ALBUMS = 100
MOST_FLOWS = 1000
MOST_SPOTS = 100

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

STATES = {
    RunState.RUNNING: pb.RUN_STATE_RUNNING,
    RunState.PUBLISHED: pb.RUN_STATE_PUBLISHED,
    RunState.FAILED: pb.RUN_STATE_FAILED,
    RunState.CANCELLED: pb.RUN_STATE_CANCELLED,
}


class ClusteringServicer(ClusteringServiceServicer):
    def __init__(self, desk: RunDesk, lookout: Lookout) -> None:
        self._desk = desk
        self._lookout = lookout

    async def StartRun(self, request: pb.StartRunRequest, context: Context) -> pb.Run:
        spec = request.spec
        asked = RunSpec(spec.model, spec.features_version, spec.recipe, spec.k, spec.seed, spec.continues)
        return _run(await self._desk.start(asked))

    async def GetRun(self, request: pb.GetRunRequest, context: Context) -> pb.Run:
        return _run(await self._desk.get(request.run_id))

    async def ListRuns(self, request: pb.ListRunsRequest, context: Context) -> pb.ListRunsResponse:
        page, following = page_of(await self._desk.runs(), request.page.page_size, request.page.page_token)
        return pb.ListRunsResponse(runs=map(_run, page), next_page_token=following)

    async def WatchRun(self, request: pb.GetRunRequest, context: Context) -> AsyncIterator[pb.Run]:
        async for run in self._desk.watch(request.run_id):
            yield _run(run)

    async def CancelRun(self, request: pb.CancelRunRequest, context: Context) -> pb.Run:
        return _run(await self._desk.cancel(request.run_id))

    async def NearestAlbums(self, request: pb.NearestAlbumsRequest, context: Context) -> pb.NearestAlbumsResponse:
        features = {vector.name: np.array(vector.values, np.float32) for vector in request.features}
        limit = min(request.limit or MOST_ALBUMS, MOST_ALBUMS)
        run_id, found = await asyncio.to_thread(self._lookout.nearest, features, limit)
        matches = [pb.AlbumMatch(album_id=m.album_id, distance=m.distance, strength=m.strength) for m in found]
        return pb.NearestAlbumsResponse(run_id=run_id, albums=matches)

    async def GetDrift(self, request: pb.GetDriftRequest, context: Context) -> pb.Drift:
        run_id, placed = await asyncio.to_thread(self._lookout.drift)
        return pb.Drift(
            run_id=run_id,
            stickers=placed.stickers,
            outliers=placed.outliers,
            late=placed.late,
            late_outliers=placed.late_outliers,
            proposal=placed.proposal,
        )

    async def CompareRuns(self, request: pb.CompareRunsRequest, context: Context) -> pb.RunComparison:
        found = await self._desk.compare(request.first_run_id, request.second_run_id)
        flows = [
            pb.AlbumFlow(first_album_id=flow.before, second_album_id=flow.after, stickers=flow.stickers)
            for flow in found.flows
        ]
        return pb.RunComparison(
            stickers=found.stickers, moved=found.moved, agreement=found.agreement, flows=flows[:MOST_FLOWS]
        )

    async def CompareAlbums(self, request: pb.CompareAlbumsRequest, context: Context) -> pb.AlbumComparison:
        limit = min(request.limit or MOST_SPOTS, MOST_SPOTS)
        run_id, found = await asyncio.to_thread(
            self._lookout.separation, request.first_album_id, request.second_album_id, limit
        )
        return pb.AlbumComparison(
            run_id=run_id,
            distance=found.distance,
            separation=found.separation,
            first=_side(found.first),
            second=_side(found.second),
            histogram_start=START,
            histogram_step=STEP,
        )


def _side(side: Side) -> pb.AlbumSide:
    return pb.AlbumSide(
        album_id=side.album_id,
        stickers=side.stickers,
        spread=side.spread,
        between=side.between,
        beyond=side.beyond,
        histogram=side.histogram,
        typical=[pb.LinePosition(sha256=spot.sha256, position=spot.position) for spot in side.typical],
        border=[pb.LinePosition(sha256=spot.sha256, position=spot.position) for spot in side.border],
    )


def _run(run: Run) -> pb.Run:
    spec = run.spec
    message = pb.Run(
        run_id=run.run_id,
        spec=pb.RunSpec(
            model=spec.model,
            features_version=spec.features_version,
            recipe=spec.recipe,
            k=spec.k,
            seed=spec.seed,
            continues=spec.continues,
        ),
        state=STATES[run.state],
        stage=run.stage,
        progress=run.progress,
        stickers=run.stickers,
        outliers=run.outliers,
        albums=run.albums,
        scores=run.scores,
        detail=run.detail,
    )
    message.started_at.FromDatetime(run.started_at)
    if run.ended:
        message.finished_at.FromDatetime(run.changed_at)
    return message
