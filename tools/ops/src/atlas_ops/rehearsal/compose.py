"""`make compose-test`: every part up with Docker Compose, stickers into albums, one process killed on the way."""

import argparse
import asyncio
import secrets
import socket
from pathlib import Path

from atlas_cli.client import AtlasClient
from atlas_cli.connection import Gateway

from atlas_ops.rehearsal import journey
from atlas_ops.rehearsal.engine import Engine, build_image
from atlas_ops.rehearsal.figures import Figures
from atlas_ops.rehearsal.stickers import Site, lay_out

SITE = Path("build/rehearsal/site")
RESULT = Path("build/bench/compose.json")
FILES = ("docker-compose.yml", "docker-compose.local.yml", "deploy/rehearsal/compose.yml")
FIRST, SECOND = "first", "second"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make compose-test", description=__doc__)
    parser.add_argument("--docker", default="docker")
    parser.add_argument("--stickers", type=int, default=200, help="on each of two pages")
    arguments = parser.parse_args()
    figures, settings = Figures(), _settings()
    engine = Engine(arguments.docker, "sticker-atlas-test", FILES, settings)
    if not engine.answers():
        raise SystemExit("NOT RUN: no container engine answers")
    site = lay_out(SITE, dict.fromkeys((FIRST, SECOND), arguments.stickers))
    build_image(arguments.docker, "site", SITE)
    try:
        with figures.stage("up"):
            engine.compose("up", "--wait", "--no-build", "--quiet-pull")
        gateway = Gateway(f"http://{settings['ATLAS_GATEWAY_PUBLISH']}", settings["ATLAS_GATEWAY_TOKEN"])
        asyncio.run(_rehearse(engine, gateway, site, figures))
        for container, held in engine.memory().items():
            print(f"{container:>40}  {held}")
    finally:
        with figures.stage("down"):
            engine.compose("down", "--volumes", "--timeout", "30")
        figures.add(**{f"image_{name}_mb": round(size / 1e6) for name, size in engine.image_sizes().items()})
        figures.write(RESULT, {})


def _settings() -> dict[str, str]:
    """Secrets of this run, and a free port; the crawler may reach the site although its address is private."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    secret = {f"ATLAS_{name}": secrets.token_hex(16) for name in ("STORE_SECRET_KEY", "QUEUE_TOKEN", "GATEWAY_TOKEN")}
    return secret | {
        "ATLAS_GATEWAY_PUBLISH": f"127.0.0.1:{port}",
        "ATLAS_CRAWLER_ALLOW_NETWORKS": "172.16.0.0/12,192.168.0.0/16",
    }


async def _rehearse(engine: Engine, gateway: Gateway, site: Site, figures: Figures) -> None:
    async with AtlasClient(gateway) as client:
        with figures.stage("crawl"):
            await journey.crawl(client, f"http://site:8000/{FIRST}/")
            second = await client.start_crawl({"kind": "web", "location": f"http://site:8000/{SECOND}/"})
            await asyncio.to_thread(engine.kill, "embedding")
            await journey.finished_crawl(client, second["crawl_id"])
        with figures.stage("embed"):
            await journey.all_embedded(client, len(site.all_digests))
        with figures.stage("cluster"):
            await journey.albums_made(client)
        found = await journey.audit(client, site.all_digests)
    figures.add(stickers=len(site.all_digests), albums=found.albums, lost=found.lost, doubled=found.doubled)
    figures.add(restarts_unexplained=await asyncio.to_thread(engine.restarts) - 1)


if __name__ == "__main__":
    main()
