"""Real parts for every test that asks for one, each started at most once a session on free ports."""

import os
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import nats as nats_client
import pytest
import pytest_asyncio
from atlas_common.queue import Queue
from atlas_common.settings import QueueSettings, StoreSettings
from atlas_laptop.installation import Installation, installed
from atlas_laptop.parts import parts
from atlas_laptop.ports import Ports
from atlas_laptop.probes import queue_settings, store_settings, store_works
from atlas_laptop.process import Surroundings
from atlas_laptop.supervisor import Part, Supervisor


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def minio_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StoreSettings]:
    """MinIO, with a bucket that all tests of the session share."""
    async with _running("minio", tmp_path_factory.mktemp("minio")) as installation:
        yield store_settings(installation.environment)


@pytest.fixture
def minio(minio_server: StoreSettings) -> StoreSettings:
    """MinIO, with a bucket for this test alone."""
    return _own_bucket(minio_server)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def nats_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[QueueSettings]:
    """A nats-server with JetStream, with streams that all tests of the session share."""
    async with _running("nats", tmp_path_factory.mktemp("nats")) as installation:
        yield queue_settings(installation.environment)


@pytest_asyncio.fixture
async def nats(nats_server: QueueSettings) -> AsyncIterator[QueueSettings]:
    """A nats-server with JetStream that holds no stream yet."""
    async with await nats_client.connect(nats_server.url, token=nats_server.token.get_secret_value()) as client:
        jetstream = client.jetstream()
        for stream in await jetstream.streams_info():
            await jetstream.delete_stream(str(stream.config.name))
    yield nats_server


@pytest_asyncio.fixture
async def queue(nats: QueueSettings) -> AsyncIterator[Queue]:
    """A connection to that nats-server, with the project's streams."""
    queue = await Queue.connect(nats, "test")
    try:
        await queue.ensure_streams()
        yield queue
    finally:
        await queue.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def seaweedfs_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StoreSettings]:
    """SeaweedFS, another S3 server, which proves that the store's code does not lean on MinIO."""
    folder = tmp_path_factory.mktemp("seaweedfs")
    with Ports() as ports:
        usual = {"master": 9333, "volume": 9340, "filer": 8888, "admin": 23646, "s3": 8333}
        http = {component: ports.claim(port) for component, port in usual.items()}
        flags = [
            f"-{name}.port={port} -{name}.port.grpc={ports.claim(usual[name] + 10_000)}" for name, port in http.items()
        ]
        command = (
            f"weed mini -dir={folder} -ip=127.0.0.1 -ip.bind=127.0.0.1 {' '.join(flags)} "
            "-s3.port.iceberg=0 -s3.port.lance=0 -webdav=false -master.telemetry=false"
        )
        key, secret = "atlas", "atlas-secret"
        settings = store_settings(
            {
                "ATLAS_STORE_ENDPOINT": f"http://127.0.0.1:{http['s3']}",
                "ATLAS_STORE_ACCESS_KEY": key,
                "ATLAS_STORE_SECRET_KEY": secret,
            }
        )
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {"PATH": path, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
        part = Part("seaweedfs", command, partial(store_works, settings))
        async with Supervisor([part], Surroundings(folder, environment), folder / "logs", print):
            yield settings


@pytest.fixture
def seaweedfs(seaweedfs_server: StoreSettings) -> StoreSettings:
    """SeaweedFS, with a bucket for this test alone."""
    return _own_bucket(seaweedfs_server)


@pytest.fixture(params=["minio", "seaweedfs"])
def s3(request: pytest.FixtureRequest) -> StoreSettings:
    """Each S3 server in turn, with a bucket for this test alone."""
    settings: StoreSettings = request.getfixturevalue(request.param)
    return settings


def _own_bucket(settings: StoreSettings) -> StoreSettings:
    return settings.model_copy(update={"bucket": f"test-{uuid.uuid4().hex}"})


@asynccontextmanager
async def _running(name: str, folder: Path) -> AsyncIterator[Installation]:
    with installed(folder, tell=print) as installation:
        async with Supervisor(parts(installation, {name}), installation.surroundings, folder / "logs", print):
            yield installation
