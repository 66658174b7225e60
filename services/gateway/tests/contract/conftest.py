"""Gateways as processes of their own, over a real store and a real queue."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from atlas_common.settings import QueueSettings, StoreSettings
from atlas_common.store import ObjectStore
from atlas_common.tables import Tables
from atlas_laptop.ports import Ports

from services.gateway.tests.conftest import TOKEN

PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Gateway:
    """A gateway's process, and a client that may write."""

    process: asyncio.subprocess.Process
    client: httpx.AsyncClient

    async def until(self, path: str, holds: Callable[[httpx.Response], bool]) -> httpx.Response:
        """The first answer to a request, asked again and again, that holds."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                answer = await self.client.get(path)
                if holds(answer):
                    return answer
                await asyncio.sleep(0.05)


Start = Callable[..., Awaitable[Gateway]]


@pytest.fixture
async def objects(minio: StoreSettings) -> ObjectStore:
    store = ObjectStore(minio)
    await store.prepare()
    return store


@pytest.fixture
def tables(objects: ObjectStore, minio: StoreSettings) -> Tables:
    """Tables in the bucket that `objects` has made."""
    return Tables.in_store(minio)


@pytest.fixture
async def start(minio: StoreSettings, nats: QueueSettings) -> AsyncIterator[Start]:
    """Starts gateways, which look for changes every `refresh_seconds`, and waits until they are ready."""
    environment = os.environ | _environment(minio) | _environment(nats) | {"ATLAS_GATEWAY_TOKEN": TOKEN}
    async with AsyncExitStack() as stack:
        ports = stack.enter_context(Ports())

        async def started(refresh_seconds: float) -> Gateway:
            address = f"127.0.0.1:{ports.claim(8080)}"
            own = {"ATLAS_GATEWAY_LISTEN": address, "ATLAS_GATEWAY_REFRESH_SECONDS": str(refresh_seconds)}
            gateway = await stack.enter_async_context(_running(environment | own, address))
            await gateway.until("/readyz", lambda answer: all(answer.json()["parts"].values()))
            return gateway

        yield started


@asynccontextmanager
async def _running(environment: dict[str, str], address: str) -> AsyncIterator[Gateway]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "atlas_gateway", env=environment)
    transport = httpx.AsyncHTTPTransport(retries=10)  # it may not listen yet
    headers = {"Authorization": f"Bearer {TOKEN}"}
    try:
        async with httpx.AsyncClient(base_url=f"http://{address}", headers=headers, transport=transport) as client:
            yield Gateway(process, client)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _environment(settings: StoreSettings | QueueSettings) -> dict[str, str]:
    prefix = settings.model_config["env_prefix"]
    values = {name: getattr(settings, name) for name in type(settings).model_fields}
    plain = {n: v.get_secret_value() if hasattr(v, "get_secret_value") else v for n, v in values.items()}
    return {f"{prefix}{name.upper()}": str(value) for name, value in plain.items()}
