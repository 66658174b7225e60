"""A crawl whose replicas are killed (kill -9) every few seconds: is every address accounted for, and none stored twice?

lost: addresses of the list that ended neither as stored, duplicate nor failed. doubled: images, sightings or objects
beyond one. unexplained: failures that the farm did not cause.
"""

import asyncio
import os
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

import grpc
from atlas.crawler.v1 import crawler_pb2 as pb
from atlas.crawler.v1 import crawler_pb2_grpc
from atlas_common.schemas import CRAWLS, FAILURES_CRAWL, IMAGES, SIGHTINGS
from atlas_common.store import ObjectStore
from atlas_common.tables import Tables, equal
from atlas_laptop.demo.packs import fetch_packs
from atlas_laptop.ports import Ports
from atlas_laptop.probes import store_settings
from crawl_farm import addresses
from crawl_rig import Replica, Rig, rig
from report import is_smoke, print_table, write_report

URLS = int(os.environ.get("CRAWL_URLS", "400" if is_smoke() else "20000"))
HOSTS = int(os.environ.get("CRAWL_HOSTS", "8" if is_smoke() else "64"))
REPLICAS = int(os.environ.get("REPLICAS", "2"))
KILL_SECONDS = float(os.environ.get("KILL_SECONDS", "3"))
IMAGES_FROM = os.environ.get("IMAGES", "")
EXPECTED = frozenset({"http_404", "http_500"})
SETTINGS = {"ATLAS_CRAWLER_ACK_WAIT": "5"}


async def start(address: str, source: pb.Source) -> str:
    async with grpc.aio.insecure_channel(address) as channel:
        stub = crawler_pb2_grpc.CrawlerServiceStub(channel)
        crawl = await stub.StartCrawl(pb.StartCrawlRequest(source=source))
        return str(crawl.crawl_id)


def finished(tables: Tables, crawl_id: str) -> bool:
    return tables.open(CRAWLS).count(f"{equal(crawl_id=crawl_id)} AND state <> 'running'") > 0


async def crawl_under_fire(parts: Rig, list_file: Path) -> tuple[str, int]:
    """The crawl's id once it has finished, and how many replicas were killed meanwhile."""
    chance, kills = random.Random(1), 0
    with Ports() as ports:
        places = [f"127.0.0.1:{ports.claim(17_101 + n)}" for n in range(REPLICAS)]
        replicas = [Replica(parts, place, SETTINGS) for place in places]
        try:
            source = pb.Source(kind="urls", location=str(list_file), limits=pb.Limits(images=URLS))
            await replicas[0].ready()
            crawl_id = await start(places[0], source)
            while not await asyncio.to_thread(finished, parts.tables, crawl_id):
                await asyncio.sleep(KILL_SECONDS)
                victim = chance.randrange(REPLICAS)
                replicas[victim].kill()
                replicas[victim] = Replica(parts, places[victim], SETTINGS)
                kills += 1
                await replicas[victim].ready()
        finally:
            for replica in replicas:
                replica.stop()
    return crawl_id, kills


async def account(parts: Rig, crawl_id: str, wanted: list[str]) -> dict[str, int]:
    here = equal(crawl_id=crawl_id)
    sighted = parts.tables.open(SIGHTINGS).read(["url"], f"{here} AND sha256 IS NOT NULL")["url"].to_pylist()
    failed = parts.tables.open(FAILURES_CRAWL).read(["url", "reason"], here).to_pylist()
    images = parts.tables.open(IMAGES).read(["sha256"])["sha256"].to_pylist()
    store = ObjectStore(store_settings(parts.installation.environment))
    objects = await store.keys("images/")
    ended = set(sighted) | {row["url"] for row in failed}
    return {
        "sighted": len(sighted),
        "failed": len(failed),
        "images": len(images),
        "lost": len(set(wanted) - ended),
        "doubled": beyond_one(sighted) + beyond_one(images) + abs(len(objects) - len(set(images))),
        "unexplained": sum(row["reason"] not in EXPECTED for row in failed),
    }


def beyond_one(values: list[str]) -> int:
    return sum(Counter(values).values()) - len(set(values))


async def main() -> None:
    stickers = Path(IMAGES_FROM) if IMAGES_FROM else fetch_packs()
    with tempfile.TemporaryDirectory(prefix="bench-kills-") as folder:
        async with rig(Path(folder), stickers, HOSTS) as parts:
            wanted = addresses(URLS, HOSTS, parts.farm_port)
            list_file = Path(folder, "addresses.txt")
            await asyncio.to_thread(list_file.write_text, "\n".join(wanted))
            started = time.perf_counter()
            crawl_id, kills = await crawl_under_fire(parts, list_file)
            figures = {"urls": URLS, "kills": kills, "seconds": time.perf_counter() - started}
            figures |= await account(parts, crawl_id, wanted)
    print_table(["figure", "value"], list(figures.items()))
    write_report("crawl-kills", figures, ["atlas-crawler", "nats-py", "pylance"])


if __name__ == "__main__":
    asyncio.run(main())
