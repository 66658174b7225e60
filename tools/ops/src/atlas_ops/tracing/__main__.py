"""`make trace`: runs every part on this machine, has one sticker crawled late, and draws its way from link to album."""

import asyncio
import hashlib
import shutil
from pathlib import Path

from atlas_cli.client import AtlasClient
from atlas_cli.gateway import find_gateway
from atlas_common.traces import sticker
from atlas_laptop.demo.packs import fetch_packs
from atlas_laptop.demo.site import sticker_site
from atlas_laptop.installation import installed
from atlas_laptop.parts import parts
from atlas_laptop.supervisor import Supervisor
from opentelemetry import trace

from atlas_ops.rehearsal import journey
from atlas_ops.tracing.collector import Collector, collecting
from atlas_ops.tracing.waterfall import draw

FOLDER = Path("build/trace")
PICTURE = Path("docs/images/trace.svg")
BEFORE = 24
LOOK_SECONDS = 0.5


def main() -> None:
    stickers = [file for pack in sorted(fetch_packs().iterdir()) for file in sorted(pack.iterdir())[:8]]
    late = stickers[BEFORE]
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name, some in (("before", stickers[:BEFORE]), ("late", [late])):
        (FOLDER / "site" / name).mkdir(parents=True)
        for file in some:
            shutil.copyfile(file, FOLDER / "site" / name / f"{file.parent.name}-{file.name}")
    sha256 = hashlib.sha256(late.read_bytes()).hexdigest()
    collector = asyncio.run(_run(sha256))
    spans = collector.way_of(_trace_of(sha256))
    draw(spans, PICTURE)
    print(f"{len(spans)} spans of {len({span.service for span in spans})} services in {PICTURE}")


async def _run(late: str) -> Collector:
    """The collector with everything that was sent until the last part had stopped."""
    async with collecting() as collector, sticker_site(FOLDER / "site") as site:
        settings = {"ATLAS_TRACE_ENDPOINT": collector.address, "ATLAS_CRAWLER_ALLOW_NETWORKS": "127.0.0.0/8"}
        with installed(FOLDER / "data", print, settings) as installation:
            supervisor = Supervisor(parts(installation), installation.surroundings, FOLDER / "data/logs", print)
            gateway = find_gateway(installation.environment, FOLDER / "data/atlas.env")
            async with supervisor, AtlasClient(gateway) as client:
                await journey.crawl(client, f"{site}series/before")
                await journey.all_embedded(client, BEFORE)
                await journey.albums_made(client)
                await journey.crawl(client, f"{site}series/late")
                while (await client.image(late))["assignment"] is None:  # noqa: ASYNC110 - no event crosses HTTP
                    await asyncio.sleep(LOOK_SECONDS)
    return collector


def _trace_of(sha256: str) -> bytes:
    context = trace.get_current_span(sticker(sha256)).get_span_context()
    return context.trace_id.to_bytes(16, "big")


if __name__ == "__main__":
    main()
