"""What the crawl benchmarks share: a farm, a store, a queue and crawlers, each a process of its own."""

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
from atlas.crawler.v1 import crawler_pb2 as pb
from atlas.crawler.v1 import crawler_pb2_grpc
from atlas_common.probe import until_ready
from atlas_common.tables import Tables
from atlas_laptop.installation import Installation, installed
from atlas_laptop.parts import parts
from atlas_laptop.ports import Ports
from atlas_laptop.probes import store_settings
from atlas_laptop.supervisor import Supervisor

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Rig:
    installation: Installation
    farm_port: int
    folder: Path

    @property
    def tables(self) -> Tables:
        return Tables.in_store(store_settings(self.installation.environment))


@asynccontextmanager
async def rig(folder: Path, stickers: Path, hosts: int) -> AsyncIterator[Rig]:
    """A store and a queue that hold nothing yet, and a farm of `hosts` sites."""
    with installed(folder, tell=print) as installation, Ports() as ports:
        port = ports.claim(18_080)
        async with Supervisor(
            parts(installation, {"minio", "nats"}), installation.surroundings, folder / "logs", print
        ):
            with farm(stickers, hosts, port):
                yield Rig(installation, port, folder)


@contextmanager
def farm(stickers: Path, hosts: int, port: int) -> Iterator[None]:
    command = [sys.executable, HERE / "crawl_farm.py", stickers, str(hosts), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.terminate()


class Replica:
    """One crawler process."""

    def __init__(self, rig: Rig, address: str, settings: Mapping[str, str]) -> None:
        self.address = address
        environment = {
            **rig.installation.environment,
            "ATLAS_CRAWLER_LISTEN": address,
            "ATLAS_CRAWLER_ALLOW_NETWORKS": "127.0.0.0/8",
            "ATLAS_CRAWLER_FOLDERS": str(rig.folder),
            "ATLAS_LOG_LEVEL": "warning",
            **settings,
        }
        self._log = (rig.folder / f"crawler-{address.rpartition(':')[2]}.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "atlas_crawler"], env=environment, stdout=self._log, stderr=self._log
        )

    async def ready(self) -> None:
        await until_ready(self.address, 120)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
        self._log.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._log.close()


@contextmanager
def replicas(rig: Rig, count: int, settings: Mapping[str, str] | None = None) -> Iterator[list[Replica]]:
    with Ports() as ports:
        running = [Replica(rig, f"127.0.0.1:{ports.claim(17_101 + n)}", settings or {}) for n in range(count)]
        try:
            yield running
        finally:
            for replica in running:
                replica.stop()


async def crawl(address: str, source: pb.Source) -> tuple[pb.Crawl, float]:
    """The crawl when it has ended, and the seconds it took."""
    async with grpc.aio.insecure_channel(address) as channel:
        stub = crawler_pb2_grpc.CrawlerServiceStub(channel)
        started = time.perf_counter()
        begun = await stub.StartCrawl(pb.StartCrawlRequest(source=source))
        seen = [crawl async for crawl in stub.WatchCrawl(pb.GetCrawlRequest(crawl_id=begun.crawl_id))]
        return seen[-1], time.perf_counter() - started
