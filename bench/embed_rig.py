"""What the embedding benchmark stands on: a store, a queue, a model server and replicas, each a process of its own."""

import asyncio
import hashlib
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import chain, count, cycle, islice
from pathlib import Path
from typing import Any

import psutil
from atlas_common.errors import NotFound
from atlas_common.probe import until_ready
from atlas_common.queue import EMBED, Queue
from atlas_common.schemas import FAILURES_EMBED, FEATURES, IMAGES
from atlas_common.store import ObjectStore, image_key
from atlas_common.tables import Tables
from atlas_laptop.demo.packs import fetch_packs
from atlas_laptop.installation import Installation, installed
from atlas_laptop.parts import parts
from atlas_laptop.ports import Ports
from atlas_laptop.probes import model_works, queue_settings, store_settings
from atlas_laptop.supervisor import Part, Supervisor
from processes import cpu_seconds

AT_ONCE = 200
FREE: Mapping[str, str] = {}
"""Settings of replicas that nothing holds back."""
PATIENCE_SECONDS = 540
STAND_IN = "python -m atlas_modelserver"
MEBIBYTE = 1 << 20


def stickers(folder: str) -> Iterator[bytes]:
    """Different stickers without end, every other one a GIF, from a folder or the demo's packs.

    When they run out they are taken again with a few bytes behind their end, which decoders pass over.
    """
    contents = [path.read_bytes() for path in sorted(Path(folder or fetch_packs()).rglob("*")) if path.is_file()]
    moving = [content for content in contents if content.startswith(b"GIF8")]
    still = [content for content in contents if content.startswith((b"\x89PNG", b"\xff\xd8", b"RIFF"))]
    mixed = chain.from_iterable(zip(cycle(moving), cycle(still), strict=False))
    return (sticker + number.to_bytes(8, "big") for number, sticker in zip(count(), mixed, strict=False))


@dataclass(frozen=True)
class Rig:
    """model_servers: their addresses, which replicas share out among themselves."""

    installation: Installation
    supervisor: Supervisor
    folder: Path
    model_servers: Sequence[str]

    @property
    def tables(self) -> Tables:
        return Tables.in_store(store_settings(self.installation.environment))

    async def enqueue(self, pictures: Iterator[bytes], number: int) -> list[str]:
        """Put this many pictures into the bucket, and their ids onto the queue."""
        store = ObjectStore(store_settings(self.installation.environment))
        await store.prepare()
        queue = await Queue.connect(queue_settings(self.installation.environment), "bench")
        await queue.ensure_streams()
        ids: list[str] = []
        while batch := list(islice(pictures, min(AT_ONCE, number - len(ids)))):
            named = {hashlib.sha256(content).hexdigest(): content for content in batch}
            await asyncio.gather(*(store.put(image_key(sha256), content) for sha256, content in named.items()))
            await asyncio.gather(*(queue.publish("embed.image", sha256.encode()) for sha256 in named))
            ids += named
        now = datetime.now(UTC)
        self.tables.open(IMAGES).insert([{"sha256": sha256, "stored_at": now} for sha256 in ids])
        await queue.close()
        return ids

    async def backlog(self) -> int:
        """Ids on the queue that are not done yet."""
        queue = await Queue.connect(queue_settings(self.installation.environment), "bench")
        left = await queue.left(EMBED, "embed.image")
        await queue.close()
        return left

    def rows(self, model: str) -> list[dict[str, Any]]:
        """What the table of features says of each picture, without the vectors."""
        try:
            table = self.tables.existing(f"{FEATURES}{model}")
        except NotFound:
            return []
        rows: list[dict[str, Any]] = table.read(["sha256", "frames", "embedded_at"]).to_pylist()
        return rows

    def failures(self) -> int:
        return self.tables.open(FAILURES_EMBED).count()

    def cpu_seconds(self) -> dict[str, float]:
        """CPU time that each part has used, that of all model servers together."""
        spent = Counter[str]()
        for name, process in self.supervisor.processes.items():
            spent[name.partition("-")[0]] += cpu_seconds([process.pid])
        return dict(spent)


@asynccontextmanager
async def rig(folder: Path, engine: str, command: str = STAND_IN, servers: int = 1) -> AsyncIterator[Rig]:
    """An empty store and queue, and model servers with this engine, each behind a Unix socket."""
    settings = {"ATLAS_MODELSERVER_ENGINE": engine, "ATLAS_LOG_LEVEL": "warning", "OPENCV_LOG_LEVEL": "SILENT"}
    addresses = [f"unix:{folder}/serving-{number}.sock" for number in range(servers)]
    with installed(folder, print, settings) as installation:
        chosen = parts(installation, {"minio", "nats"})
        for number, address in enumerate(addresses):
            listening = f"env ATLAS_MODELSERVER_LISTEN={address} {command}"
            chosen.append(Part(f"modelserver-{number}", listening, partial(model_works, address)))
        async with Supervisor(chosen, installation.surroundings, folder / "logs", print) as supervisor:
            yield Rig(installation, supervisor, folder, addresses)


class Replica:
    """One process of the service, with its decoders."""

    def __init__(self, rig: Rig, server: str, address: str, metrics: str, settings: Mapping[str, str]) -> None:
        self.address = address
        self._metrics = metrics
        own = {
            "ATLAS_EMBEDDING_MODEL_SERVER": server,
            "ATLAS_EMBEDDING_LISTEN": address,
            "ATLAS_EMBEDDING_METRICS_LISTEN": metrics,
        }
        with (rig.folder / "embedding.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "atlas_embedding"],
                env={**rig.installation.environment, **own, **settings},
                stdout=log,
                stderr=log,
            )

    async def ready(self) -> None:
        await until_ready(self.address, PATIENCE_SECONDS)

    def frames(self) -> float:
        """Frames that it has asked the model server about."""
        return self._metric("atlas_embedding_batch_frames_sum")

    def settled(self) -> float:
        """Pictures that it has recorded, as embedded or as failed."""
        return self._metric("atlas_embedding_stickers_total") + self._metric("atlas_embedding_failures_total")

    def stage_seconds(self) -> dict[str, float]:
        stages = ("get", "decode", "predict", "put", "insert")
        return {stage: self._metric(f'atlas_embedding_stage_seconds_sum{{stage="{stage}"}}') for stage in stages}

    def _metric(self, name: str) -> float:
        """Its value, added up over its labels unless `name` names them."""
        with urllib.request.urlopen(f"http://{self._metrics}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))

    def cpu_seconds(self) -> dict[str, float]:
        """CPU time of the service itself, and of its decoders."""
        whole, own = cpu_seconds([self.process.pid]), sum(psutil.Process(self.process.pid).cpu_times()[:2])
        return {"embedding": own, "decoders": whole - own}

    def rss_mib(self) -> float:
        """Resident memory with that of its decoders."""
        total = 0
        service = psutil.Process(self.process.pid)
        for process in (service, *service.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
        return total / MEBIBYTE

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


@contextmanager
def replicas(rig: Rig, number: int, settings: Mapping[str, str] = FREE) -> Iterator[list[Replica]]:
    """Replicas that have been started, but need not be ready."""
    with Ports() as ports:
        addresses = [f"127.0.0.1:{ports.claim(17_201 + n)}" for n in range(2 * number)]
        shares = zip(cycle(rig.model_servers), addresses[::2], addresses[1::2], strict=False)
        running = [Replica(rig, *share, settings) for share in shares]
        try:
            yield running
        finally:
            for replica in running:
                replica.stop()
