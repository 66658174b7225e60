"""Images a core-second and wall time beside img2dataset, and replicas under per-host limits.

img2dataset (from PyPI, in an environment of its own) and the crawler fetch the same list from the same farm.
img2dataset stores the bytes as they come (no resizing, no re-encoding) in shards on disk, with the best of several
worker and thread settings. The crawler runs with its defaults, once before and once after that: robots.txt, per-host
limits, checking every picture, storing it into the S3 server, recording it in the tables. A core-second is CPU time of
the fetching program and its children; what the store and the queue use is listed beside it, and the most memory that
a crawler had resident.
"""

import asyncio
import json
import os
import subprocess
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from atlas.crawler.v1 import crawler_pb2 as pb
from atlas_crawler.settings import CrawlerSettings
from atlas_laptop.demo.packs import fetch_packs
from crawl_farm import addresses, host, slow_addresses
from crawl_rig import Rig, crawl, replicas, rig
from processes import cpu_seconds, peak_mib, pids_of
from report import is_smoke, print_table, write_report

IMAGES = int(os.environ.get("CRAWL_IMAGES", "200" if is_smoke() else "10000"))
HOSTS = int(os.environ.get("CRAWL_HOSTS", "8" if is_smoke() else "64"))
STICKERS = os.environ.get("IMAGES", "")
PEER_SETTINGS = ((1, 16),) if is_smoke() else ((1, 32), (2, 32), (2, 64))
PEER_PYTHON = Path(os.environ.get("IMG2DATASET_PYTHON", "build/bench/img2dataset/bin/python"))
PEER_SCRIPT = "from img2dataset import download\nif __name__ == '__main__':\n    download(**{arguments!r})\n"
PEER_ENVIRONMENT = {"NO_ALBUMENTATIONS_UPDATE": "1"}
REPLICAS = (1, 2) if is_smoke() else (1, 2, 4)
SLOW_IMAGES = IMAGES // 4
SLOW_JOBS = "6"  # jobs at once a replica: few, so that waiting, not the processors, is what replicas share


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


def most_in_hand(port: int) -> Counter[str]:
    """The most requests that each host of the farm had in hand at once since this was last asked."""
    with urllib.request.urlopen(f"http://{host(0)}:{port}/farm/report") as answer:
        return Counter(json.load(answer))


def over_limit(port: int) -> int:
    """Hosts of the farm that had more requests in hand than the crawler allows, since this was last asked."""
    limit = CrawlerSettings().host_connections
    return sum(most > limit for most in most_in_hand(port).values())


async def main() -> None:
    stickers = Path(STICKERS) if STICKERS else fetch_packs()
    with tempfile.TemporaryDirectory(prefix="bench-crawl-") as folder:
        async with rig(Path(folder), stickers, HOSTS) as parts:
            mixed, more = (addresses(IMAGES, HOSTS, parts.farm_port, first) for first in (0, IMAGES))
            own = [await ours(parts, mixed, 1)]
            breaches = over_limit(parts.farm_port)
            peers = [img2dataset(mixed, *setting) for setting in PEER_SETTINGS]
            most_in_hand(parts.farm_port)
            own.append(await ours(parts, more, 1))
            slow = slow_addresses(SLOW_IMAGES, HOSTS, parts.farm_port)
            scaled = [await ours(parts, slow, count, {"ATLAS_CRAWLER_JOBS": SLOW_JOBS}) for count in REPLICAS]
            breaches += over_limit(parts.farm_port)
    print_table(
        ["run", "images", "wall s", "images/s", "core-s", "images/core-s", "store core-s", "queue core-s", "peak MiB"],
        [run.row() for run in (own[0], *peers, own[1], *scaled)],
    )
    peer_rate = max(peer.per_core_second for peer in peers)
    core_rate = mean(run.per_core_second for run in own)
    figures = {
        "core_ratio": core_rate / peer_rate,
        "wall_ratio": mean(run.per_second for run in own) / max(peer.per_second for peer in peers),
        "replicas_4_ratio": scaled[-1].per_second / scaled[0].per_second,
        "host_limit_breaches": breaches,
        "peak_rss_mib": max(run.peak_mib for run in own),
        "images_per_core_second": core_rate,
        "img2dataset_images_per_core_second": peer_rate,
    }
    for name, value in figures.items():
        print(f"{name}: {value:.4g}")
    write_report("crawl", figures, ["atlas-crawler", "aiohttp", "uvloop", "nats-py", "pylance"])


if __name__ == "__main__":
    asyncio.run(main())
