"""A crawler's memory stays under its cap, however much comes at once."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
from atlas.crawler.v1 import crawler_pb2 as pb
from atlas.crawler.v1 import crawler_pb2_grpc
from atlas_common.probe import until_ready
from atlas_common.settings import QueueSettings, StoreSettings

pytestmark = pytest.mark.contract

MIB = 1024 * 1024
HOSTS = 40
BODY = bytes(10 * MIB)
HELD = 64 * MIB
CODE = 384 * MIB  # what a crawler takes that holds no image


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    request = await reader.readuntil(b"\r\n\r\n")
    body = b"" if b"robots.txt" in request else BODY
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    await writer.drain()
    writer.close()


@asynccontextmanager
async def crawler(environment: dict[str, str], folder: Path) -> AsyncIterator[tuple[int, str]]:
    """A crawler in a process of its own, and its address."""
    address = f"unix:{folder}/crawler"
    command = [sys.executable, "-m", "atlas_crawler"]
    with subprocess.Popen(command, env=os.environ | environment | {"ATLAS_CRAWLER_LISTEN": address}) as process:
        try:
            await until_ready(address, 120)
            yield process.pid, address
        finally:
            process.terminate()


def most_resident(pid: int) -> int:
    """The most bytes that the process has had in memory at once."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


async def test_many_large_pictures_at_once_stay_under_the_cap(
    minio: StoreSettings, nats: QueueSettings, tmp_path: Path
) -> None:
    server = await asyncio.start_server(answer, "0.0.0.0", 0)
    port = server.sockets[0].getsockname()[1]
    environment = {
        "ATLAS_STORE_ENDPOINT": minio.endpoint,
        "ATLAS_STORE_BUCKET": minio.bucket,
        "ATLAS_STORE_ACCESS_KEY": minio.access_key.get_secret_value(),
        "ATLAS_STORE_SECRET_KEY": minio.secret_key.get_secret_value(),
        "ATLAS_QUEUE_URL": nats.url,
        "ATLAS_QUEUE_TOKEN": nats.token.get_secret_value(),
        "ATLAS_CRAWLER_ALLOW_NETWORKS": "127.0.0.0/8",
        "ATLAS_CRAWLER_FLIGHT_BYTES": str(HELD),
    }
    urls = "\n".join(f"http://127.0.0.{host + 1}:{port}/{number}" for number in range(2) for host in range(HOSTS))
    async with (
        server,
        crawler(environment, tmp_path) as (pid, address),
        grpc.aio.insecure_channel(address) as channel,
    ):
        stub = crawler_pb2_grpc.CrawlerServiceStub(channel)
        source = pb.Source(kind="urls", options={"urls": urls})
        started = await stub.StartCrawl(pb.StartCrawlRequest(source=source))
        async for crawl in stub.WatchCrawl(pb.GetCrawlRequest(crawl_id=started.crawl_id)):
            ended = crawl
        peak = most_resident(pid)
    assert {count.name: count.count for count in ended.progress.failures} == {"not_an_image": 2 * HOSTS}
    assert peak < CODE + HELD
