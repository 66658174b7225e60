"""Services may start in any order: each waits, alive but not ready, for the parts that it needs."""

import asyncio
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import grpc
import httpx
import pytest
from atlas_common.serve import ALIVE
from atlas_laptop.installation import Installation, installed
from atlas_laptop.parts import parts
from atlas_laptop.supervisor import Part, Supervisor
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

pytestmark = [pytest.mark.contract, pytest.mark.model]

SERVICES = ("crawler", "embedding", "clustering", "gateway")
NEEDED = {"minio", "nats", "modelserver"}
PATIENCE_SECONDS = 120


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with installed(tmp_path, print, {"ATLAS_MODELSERVER_ENGINE": "null"}) as found:
        yield found


async def test_services_wait_for_stores_and_model_without_a_restart(installation: Installation) -> None:
    stated = parts(installation)
    services = [part for part in stated if part.name in SERVICES]
    early = [Part(part.name, part.command, partial(waits, installation, part.name)) for part in services]
    surroundings, logs = installation.surroundings, installation.data / "logs"
    async with Supervisor(early, surroundings, logs, print) as supervisor:
        begun = {name: process.pid for name, process in supervisor.processes.items()}
        async with Supervisor([part for part in stated if part.name in NEEDED], surroundings, logs, print):
            for part in services:
                await until_it_works(part)
            assert {name: process.pid for name, process in supervisor.processes.items()} == begun


async def test_services_that_wait_end_when_they_are_told_to(installation: Installation) -> None:
    async def end(name: str) -> int:
        process = await started(installation, name)
        await until_it_works(Part(name, "", partial(waits, installation, name)))
        process.terminate()
        return await process.wait()

    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await asyncio.gather(*map(end, SERVICES)) == [0, 0, 0, 0]


async def test_services_whose_patience_ends_say_what_is_missing_and_how_to_wait_longer(
    installation: Installation,
) -> None:
    async def last_words(name: str) -> str:
        process = await started(installation, name, **{f"ATLAS_{name.upper()}_START_SECONDS": "0.1"})
        _, said = await process.communicate()
        assert process.returncode == 1
        return said.decode().splitlines()[-1]

    async with asyncio.timeout(PATIENCE_SECONDS):
        for name, words in zip(SERVICES, await asyncio.gather(*map(last_words, SERVICES)), strict=True):
            assert "the store does not answer" in words
            assert f"ATLAS_{name.upper()}_START_SECONDS" in words


async def started(installation: Installation, name: str, **settings: str) -> asyncio.subprocess.Process:
    environment = {**installation.environment, **settings}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"atlas_{name}"), env=environment, stderr=asyncio.subprocess.PIPE
    )


async def waits(installation: Installation, name: str) -> None:
    """Passes when the service is alive and not ready, and says so to its callers."""
    if name == "gateway":
        async with httpx.AsyncClient(base_url=installation.environment["ATLAS_GATEWAY_URL"]) as client:
            (await client.get("/healthz")).raise_for_status()
            assert (await client.get("/readyz")).status_code == 503
            answer = await client.get("/v1/albums")
            assert (answer.status_code, answer.json()["reason"]) == (503, "starting")
            assert "Retry-After" in answer.headers
    else:
        async with grpc.aio.insecure_channel(installation.environment[f"ATLAS_{name.upper()}_LISTEN"]) as channel:
            check = HealthStub(channel).Check
            assert (await check(HealthCheckRequest(service=ALIVE))).status == HealthCheckResponse.SERVING
            assert (await check(HealthCheckRequest())).status == HealthCheckResponse.NOT_SERVING


async def until_it_works(part: Part) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                return await part.probe()
            except Exception:
                await asyncio.sleep(0.1)
