"""A store that takes requests and never answers keeps no service from ending, nor costs it what it had accepted."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import grpc
import httpx
import pytest
from atlas_common.ending import UNFINISHED
from atlas_common.queue import EMBED, Queue
from atlas_embedding.server import NEW_STICKERS, consumer_of
from atlas_laptop.installation import Installation, installed
from atlas_laptop.parts import parts
from atlas_laptop.probes import queue_settings
from atlas_laptop.supervisor import Supervisor

pytestmark = [pytest.mark.faults, pytest.mark.model]

LISTINGS = {
    "crawler": "atlas.crawler.v1.CrawlerService/ListCrawls",
    "embedding": "atlas.embedding.v1.EmbeddingService/GetStatus",
    "clustering": "atlas.clustering.v1.ClusteringService/ListRuns",
}
"""A call for each service that reads a table."""
SERVICES = (*LISTINGS, "gateway")
ACCEPTED = [f"{number:064x}" for number in range(3)]
ASKED_SECONDS = 5
PATIENCE_SECONDS = 120


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[tuple[Installation, Supervisor]]:
    """The parts that services need."""
    settings = {f"ATLAS_{name.upper()}_GRACE_SECONDS": "1" for name in SERVICES}
    with installed(tmp_path, print, {"ATLAS_MODELSERVER_ENGINE": "null", **settings}) as installation:
        needed = parts(installation, {"minio", "nats", "modelserver"})
        async with Supervisor(needed, installation.surroundings, tmp_path / "logs", print) as supervisor:
            yield installation, supervisor


async def test_services_end_in_time_and_hand_back_their_work(system: tuple[Installation, Supervisor]) -> None:
    installation, supervisor = system
    async with asyncio.timeout(PATIENCE_SECONDS), AsyncExitStack() as stack:
        services = await asyncio.gather(*(started(installation, name, stack) for name in SERVICES))
        queue = await Queue.connect(queue_settings(installation.environment), "test")
        stack.push_async_callback(queue.close)
        store = supervisor.processes["minio"].pid
        stack.callback(os.kill, store, signal.SIGCONT)
        os.kill(store, signal.SIGSTOP)
        for sha256 in ACCEPTED:
            await queue.publish(f"embed.{NEW_STICKERS}", sha256.encode())
        while (await queue.backlog(consumer_of(NEW_STICKERS))).in_flight < len(ACCEPTED):
            await asyncio.sleep(0.1)
        await asyncio.gather(*(until_stuck(installation, name) for name in SERVICES))
        ends = await asyncio.gather(*map(last_words, services))
        assert set(ends) == {(UNFINISHED, "ended_unfinished")}
        assert await queue.left(EMBED, "embed.>") == len(ACCEPTED)


async def started(installation: Installation, name: str, stack: AsyncExitStack) -> asyncio.subprocess.Process:
    """The service's process, once it is ready; `stack` ends it where the test does not."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"atlas_{name}"), env=installation.environment, stderr=asyncio.subprocess.PIPE
    )
    stack.push_async_callback(ended, process)
    [part] = parts(installation, {name})
    while True:
        try:
            await part.probe()
        except Exception:
            await asyncio.sleep(0.1)
        else:
            return process


async def ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


async def until_stuck(installation: Installation, name: str) -> None:
    """Return once a thread of the service waits for the store."""
    if name == "gateway":
        async with httpx.AsyncClient(
            base_url=installation.environment["ATLAS_GATEWAY_URL"], timeout=PATIENCE_SECONDS
        ) as client:
            while (await client.get("/readyz")).is_success:
                pass
        return
    async with grpc.aio.insecure_channel(installation.environment[f"ATLAS_{name.upper()}_LISTEN"]) as channel:
        listing = channel.unary_unary(f"/{LISTINGS[name]}")
        while await listing(b"", timeout=ASKED_SECONDS).code() is not grpc.StatusCode.DEADLINE_EXCEEDED:
            pass


async def last_words(service: asyncio.subprocess.Process) -> tuple[int | None, str]:
    """How the service ends when it is told to: its exit code, and the last event that it logged."""
    service.terminate()
    _, said = await service.communicate()
    return service.returncode, json.loads(said.splitlines()[-1])["event"]
