"""The service with a real MinIO and a real nats-server, asked over gRPC."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import grpc
import numpy as np
import pytest
import pytest_asyncio
from atlas.clustering.v1 import clustering_pb2 as pb
from atlas.clustering.v1.clustering_pb2_grpc import ClusteringServiceStub
from atlas.common.v1.common_pb2 import Vector
from atlas_clustering.archive import LanceArchive
from atlas_clustering.server import Settings, compose
from atlas_clustering.settings import ClusteringSettings
from atlas_common.queue import EMBEDDED, RUN_PUBLISHED, Queue
from atlas_common.settings import QueueSettings, StoreSettings
from atlas_common.tables import Tables

from services.clustering.tests.conftest import Embed, drawn
from services.clustering.tests.runs import asked
from services.common.tests.listening import listen
from services.common.tests.served import served

pytestmark = [pytest.mark.contract]


@pytest.fixture
def tables(minio: StoreSettings) -> Tables:
    return Tables.in_store(minio)


@pytest_asyncio.fixture
async def service(minio: StoreSettings, nats: QueueSettings, tmp_path: Path) -> AsyncIterator[ClusteringServiceStub]:
    settings = Settings(ClusteringSettings(stale_seconds=1, look_seconds=60), store=minio, queue=nats)
    async with AsyncExitStack() as stack:
        composed = await compose(settings, stack)
        async with served(composed, f"unix:{tmp_path}/clustering.sock") as channel:
            yield ClusteringServiceStub(channel)


async def final(service: ClusteringServiceStub, run_id: str) -> pb.Run:
    return [state async for state in service.WatchRun(pb.GetRunRequest(run_id=run_id))][-1]


async def test_a_run_is_published_and_said_on_the_event_stream(
    service: ClusteringServiceStub, queue: Queue, embed: Embed
) -> None:
    for series in range(3):
        await asyncio.to_thread(embed, series, 10)
    heard = await listen(queue, RUN_PUBLISHED)
    started = await service.StartRun(pb.StartRunRequest(spec=pb.RunSpec(k=3)))
    run = await final(service, started.run_id)
    assert run.state == pb.RUN_STATE_PUBLISHED
    assert (run.stickers, run.albums, run.spec.model) == (30, 3, "toy")
    assert (await heard)[1].decode() == run.run_id


async def test_a_sticker_is_placed_as_soon_as_it_is_embedded(
    service: ClusteringServiceStub, queue: Queue, embed: Embed, tables: Tables
) -> None:
    for series in range(3):
        await asyncio.to_thread(embed, series, 10)
    started = await service.StartRun(pb.StartRunRequest(spec=pb.RunSpec(k=3)))
    await final(service, started.run_id)
    [late] = await asyncio.to_thread(embed, 1, 1, seed=5)
    archive = LanceArchive(tables)
    await queue.publish(EMBEDDED, b"")
    while late not in (placed := await asyncio.to_thread(archive.albums, started.run_id)):
        await asyncio.sleep(0.05)
    assert placed[late] == placed["01-00-0000"]


async def test_a_run_that_its_replica_left_is_done_by_the_next(
    service: ClusteringServiceStub, embed: Embed, tables: Tables
) -> None:
    for series in range(3):
        await asyncio.to_thread(embed, series, 10)
    await asyncio.to_thread(LanceArchive(tables).record, asked("left-behind", k=3))
    assert (await final(service, "left-behind")).state == pb.RUN_STATE_PUBLISHED


async def test_a_run_that_cannot_be_done_fails_with_its_reason(service: ClusteringServiceStub, embed: Embed) -> None:
    await asyncio.to_thread(embed, 0, 5)
    started = await service.StartRun(pb.StartRunRequest(spec=pb.RunSpec(k=9, features_version=2)))
    run = await final(service, started.run_id)
    assert run.state == pb.RUN_STATE_FAILED
    assert "9 albums cannot be made of 5 stickers" in run.detail


async def test_more_albums_than_stickers_are_refused_at_once(service: ClusteringServiceStub, embed: Embed) -> None:
    await asyncio.to_thread(embed, 0, 5)
    with pytest.raises(grpc.aio.AioRpcError, match="k: 9 albums cannot be made of 5 stickers") as refused:
        await service.StartRun(pb.StartRunRequest(spec=pb.RunSpec(k=9)))
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


async def test_an_unknown_recipe_is_refused_at_once(service: ClusteringServiceStub) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.StartRun(pb.StartRunRequest(spec=pb.RunSpec(recipe="soup")))
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


async def test_a_picture_is_compared_with_the_published_albums(service: ClusteringServiceStub, embed: Embed) -> None:
    for series in range(3):
        await asyncio.to_thread(embed, series, 10)
    started = await service.StartRun(pb.StartRunRequest(spec=pb.RunSpec(k=3)))
    await final(service, started.run_id)
    row = drawn(2, 1, seed=3)[0]
    layers = {"mixed3": row[:6], "mixed7": row[6:14], "mixed8": row[14:24]}
    vectors = [Vector(name=name, values=np.asarray(values)) for name, values in layers.items()]
    found = await service.NearestAlbums(pb.NearestAlbumsRequest(features=vectors, limit=2))
    assert found.run_id == started.run_id
    assert len(found.albums) == 2


async def test_two_albums_are_compared_along_the_line_between_them(
    service: ClusteringServiceStub, embed: Embed, tables: Tables
) -> None:
    series = [await asyncio.to_thread(embed, number, 10) for number in range(3)]
    started = await service.StartRun(pb.StartRunRequest(spec=pb.RunSpec(k=3)))
    await final(service, started.run_id)
    albums = await asyncio.to_thread(LanceArchive(tables).albums, started.run_id)
    request = pb.CompareAlbumsRequest(
        first_album_id=albums[series[0][0]], second_album_id=albums[series[1][0]], limit=2
    )
    found = await service.CompareAlbums(request)
    assert (found.first.stickers, sum(found.first.histogram), len(found.second.border)) == (10, 10, 2)
    assert {spot.sha256 for spot in found.second.typical} < set(series[1])
    assert found.second.typical[0].position > 1


async def test_runs_are_listed_the_newest_first(service: ClusteringServiceStub, embed: Embed) -> None:
    await asyncio.to_thread(embed, 0, 5)
    ids = []
    for _ in range(3):
        started = await service.StartRun(pb.StartRunRequest(spec=pb.RunSpec(k=1)))
        ids.append((await final(service, started.run_id)).run_id)
    first = await service.ListRuns(pb.ListRunsRequest(page={"page_size": 2}))
    rest = await service.ListRuns(pb.ListRunsRequest(page={"page_size": 2, "page_token": first.next_page_token}))
    assert [run.run_id for run in (*first.runs, *rest.runs)] == ids[::-1]
