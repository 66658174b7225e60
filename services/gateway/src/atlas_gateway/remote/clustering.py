"""The clustering service, as the gateway sees it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import cast

from atlas.clustering.v1 import clustering_pb2 as pb
from atlas.clustering.v1.clustering_pb2_grpc import ClusteringServiceStub
from atlas.common.v1.common_pb2 import PageRequest, Vector

from atlas_gateway.model.resource import Page
from atlas_gateway.model.runs import Changes, Drift, Flow, Run, RunSpec, RunState
from atlas_gateway.remote.calls import Remote
from atlas_gateway.remote.times import moment


class Clustering:
    """Starts and watches runs, and tells which albums a picture would belong to."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._stub = ClusteringServiceStub(remote.channel)

    async def start(self, spec: RunSpec) -> Run:
        return _run(await self._remote.call(self._stub.StartRun, pb.StartRunRequest(spec=_spec_message(spec))))

    async def get(self, run_id: str) -> Run:
        return _run(await self._remote.call(self._stub.GetRun, pb.GetRunRequest(run_id=run_id)))

    async def page(self, size: int, cursor: str) -> Page[Run]:
        request = pb.ListRunsRequest(page=PageRequest(page_size=size, page_token=cursor))
        reply = await self._remote.call(self._stub.ListRuns, request)
        return Page(items=[_run(run) for run in reply.runs], next_cursor=reply.next_page_token or None)

    async def watch(self, run_id: str) -> AsyncIterator[Run]:
        async for run in self._remote.watch(self._stub.WatchRun, pb.GetRunRequest(run_id=run_id)):
            yield _run(run)

    async def cancel(self, run_id: str) -> Run:
        return _run(await self._remote.call(self._stub.CancelRun, pb.CancelRunRequest(run_id=run_id)))

    async def drift(self) -> Drift:
        """Raises `Conflict` while no run is published."""
        drift = await self._remote.call(self._stub.GetDrift, pb.GetDriftRequest())
        return Drift.model_validate({name: getattr(drift, name) for name in Drift.model_fields})

    async def changes(self, since: str, run_id: str) -> Changes:
        request = pb.CompareRunsRequest(first_run_id=since, second_run_id=run_id)
        found = await self._remote.call(self._stub.CompareRuns, request)
        return Changes(
            stickers=found.stickers,
            moved=found.moved,
            agreement=found.agreement,
            flows=[
                Flow(before=flow.first_album_id, after=flow.second_album_id, stickers=flow.stickers)
                for flow in found.flows
            ],
        )

    async def beside(self, first: str, second: str, limit: int) -> pb.AlbumComparison:
        """Two albums of the published run on the line that joins their centres. Raises `NotFound`."""
        request = pb.CompareAlbumsRequest(first_album_id=first, second_album_id=second, limit=limit)
        return await self._remote.call(self._stub.CompareAlbums, request)

    async def nearest(self, features: Mapping[str, Sequence[float]], limit: int) -> list[pb.AlbumMatch]:
        """The albums whose centres are nearest to a picture with these features, nearest first."""
        vectors = [Vector(name=name, values=values) for name, values in features.items()]
        request = pb.NearestAlbumsRequest(features=vectors, limit=limit)
        return list((await self._remote.call(self._stub.NearestAlbums, request)).albums)


def _spec_message(spec: RunSpec) -> pb.RunSpec:
    return pb.RunSpec(
        model=spec.model,
        features_version=spec.features_version,
        recipe=spec.recipe,
        k=0 if spec.k == "auto" else spec.k,
        seed=spec.seed,
        continues=spec.continues,
    )


def _run(run: pb.Run) -> Run:
    return Run(
        run_id=run.run_id,
        spec=RunSpec(
            model=run.spec.model,
            features_version=run.spec.features_version,
            recipe=run.spec.recipe,
            k=run.spec.k or "auto",
            seed=run.spec.seed,
            continues=run.spec.continues,
        ),
        state=cast(RunState, pb.RunState.Name(run.state).removeprefix("RUN_STATE_").lower()),
        stage=run.stage,
        progress=run.progress,
        stickers=run.stickers,
        outliers=run.outliers,
        albums=run.albums,
        scores=dict(run.scores),
        started_at=moment(run, "started_at"),
        finished_at=moment(run, "finished_at"),
        detail=run.detail,
    )
