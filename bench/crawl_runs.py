"""Crawls of one list, and what each costs: ours, and img2dataset's."""

import asyncio
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from atlas.crawler.v1 import crawler_pb2 as pb
from crawl_rig import Rig, crawl, replicas
from processes import cpu_seconds, peak_mib, pids_of

PEER_PYTHON = Path(os.environ.get("IMG2DATASET_PYTHON", "build/bench/img2dataset/bin/python"))
PEER_SCRIPT = "from img2dataset import download\nif __name__ == '__main__':\n    download(**{arguments!r})\n"
PEER_ENVIRONMENT = {"NO_ALBUMENTATIONS_UPDATE": "1"}


@dataclass(frozen=True)
class Run:
    name: str
    images: int
    wall: float
    cpu: float
    store_cpu: float = 0
    queue_cpu: float = 0
    peak_mib: float = 0

    @property
    def per_core_second(self) -> float:
        return self.images / self.cpu

    @property
    def per_second(self) -> float:
        return self.images / self.wall

    def row(self) -> list[object]:
        return [
            self.name,
            self.images,
            self.wall,
            self.per_second,
            self.cpu,
            self.per_core_second,
            self.store_cpu,
            self.queue_cpu,
            self.peak_mib,
        ]


def img2dataset(addresses: Sequence[str], workers: int, threads: int) -> Run:
    with tempfile.TemporaryDirectory() as output:
        list_file = Path(output, "addresses.txt")
        list_file.write_text("\n".join(addresses))
        arguments = {
            "url_list": str(list_file),
            "output_folder": f"{output}/shards",
            "output_format": "webdataset",
            "processes_count": workers,
            "thread_count": threads,
            "resize_mode": "no",
            "disable_all_reencoding": True,
            "number_sample_per_shard": 1000,
        }
        before, started = os.times(), time.perf_counter()
        script = Path(output, "peer.py")
        script.write_text(PEER_SCRIPT.format(arguments=arguments))
        subprocess.run([PEER_PYTHON, script], check=True, capture_output=True, env=os.environ | PEER_ENVIRONMENT)
        after, wall = os.times(), time.perf_counter() - started
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        stats = [json.loads(path.read_text()) for path in Path(output, "shards").glob("*_stats.json")]
    return Run(f"img2dataset {workers} x {threads}", sum(s["successes"] for s in stats), wall, cpu)


async def ours(rig: Rig, addresses: Sequence[str], count: int, settings: Mapping[str, str] | None = None) -> Run:
    list_file = rig.folder / "addresses.txt"
    list_file.write_text("\n".join(addresses))
    with replicas(rig, count, settings) as running:
        await asyncio.gather(*(replica.ready() for replica in running))
        groups = ([replica.process.pid for replica in running], pids_of("minio"), pids_of("nats-server"))
        before = [cpu_seconds(group) for group in groups]
        source = pb.Source(kind="urls", location=str(list_file), limits=pb.Limits(images=len(addresses)))
        ended, wall = await crawl(running[0].address, source)
        used = [cpu_seconds(group) - was for group, was in zip(groups, before, strict=True)]
        peak = max(peak_mib(replica.process.pid) for replica in running)
    progress = ended.progress
    if progress.found != progress.stored + progress.duplicate + progress.failed:
        raise SystemExit(f"the counts do not add up: {progress}")
    return Run(f"Sticker Atlas x {count}", progress.stored + progress.duplicate, wall, *used, peak)
