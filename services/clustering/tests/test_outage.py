"""A run whose MinIO goes away in the middle, for longer than the store's client waits, and comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from threading import Barrier

import pytest
import pytest_asyncio
from atlas.clustering.v1 import clustering_pb2 as pb
from atlas.clustering.v1.clustering_pb2_grpc import ClusteringServiceStub
from atlas_clustering.model import Run
from atlas_clustering.run import Parts, Tell, perform
from atlas_clustering.server import Settings, compose
from atlas_clustering.settings import ClusteringSettings
from atlas_common.settings import QueueSettings
from atlas_common.tables import Tables
from atlas_laptop.installation import Installation, installed
from atlas_laptop.parts import parts
from atlas_laptop.probes import store_settings
from atlas_laptop.supervisor import Supervisor

from services.clustering.tests.conftest import Embed
from services.common.tests.served import served

pytestmark = [pytest.mark.contract]

PATIENCE_SECONDS = 60


class Store:
    """A MinIO that may go away, and comes back with what it held."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self.settings = store_settings(installation.environment)

    async def come(self) -> None:
        needed, surroundings = parts(self._installation, {"minio"}), self._installation.surroundings
        self._supervisor = Supervisor(needed, surroundings, self._installation.data / "logs", print)
        await self._supervisor.__aenter__()

    async def go(self) -> None:
        await self._supervisor.__aexit__(None, None, None)


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    with installed(tmp_path, print) as installation:
        store = Store(installation)
        await store.come()
        try:
            yield store
        finally:
            await store.go()


@pytest.fixture
def tables(store: Store) -> Tables:
    return Tables.in_store(store.settings)


class Gate(Barrier):
    """Where a run stops twice at the beginning of each try, until the test has come there, too."""

    async def passed(self) -> None:
        await asyncio.to_thread(self.wait)


async def test_it_is_published_once_the_store_is_back(
    store: Store, nats: QueueSettings, embed: Embed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gate = Gate(2, timeout=PATIENCE_SECONDS)

    def gated(run: Run, tell: Tell, *, parts: Parts) -> Run:
        gate.wait()
        gate.wait()
        return perform(run, tell, parts=parts)

    monkeypatch.setattr("atlas_clustering.server.perform", gated)
    for series in range(3):
        await asyncio.to_thread(embed, series, 10)
    settings = Settings(ClusteringSettings(look_seconds=60), store=store.settings, queue=nats)
    async with AsyncExitStack() as stack:
        composed = await compose(settings, stack)
        channel = await stack.enter_async_context(served(composed, f"unix:{tmp_path}/clustering.sock"))
        service = ClusteringServiceStub(channel)
        started = await service.StartRun(pb.StartRunRequest(spec=pb.RunSpec(k=3)))
        for change in (store.go, store.come):
            await gate.passed()
            await change()
            await gate.passed()
        run = [state async for state in service.WatchRun(pb.GetRunRequest(run_id=started.run_id))][-1]
    assert (run.state, run.albums) == (pb.RUN_STATE_PUBLISHED, 3)
