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
import tempfile
import urllib.request
from collections import Counter
from pathlib import Path
from statistics import mean

from atlas_crawler.settings import CrawlerSettings
from atlas_laptop.demo.packs import fetch_packs
from crawl_farm import addresses, host, slow_addresses
from crawl_rig import rig
from crawl_runs import img2dataset, ours
from report import is_smoke, print_table, write_report

IMAGES = int(os.environ.get("CRAWL_IMAGES", "200" if is_smoke() else "10000"))
HOSTS = int(os.environ.get("CRAWL_HOSTS", "8" if is_smoke() else "64"))
STICKERS = os.environ.get("IMAGES", "")
PEER_SETTINGS = ((1, 16),) if is_smoke() else ((1, 32), (2, 32), (2, 64))
REPLICAS = (1, 2) if is_smoke() else (1, 2, 4)
SLOW_IMAGES = IMAGES // 4
SLOW_JOBS = "6"  # jobs at once a replica: few, so that waiting, not the processors, is what replicas share


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
