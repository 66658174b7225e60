"""Any part may be killed while stickers are on their way: nothing is lost, and nothing is there twice."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from atlas_cli.crawls import source
from atlas_cli.export import export_albums
from atlas_laptop.demo.site import sticker_site
from PIL import Image

pytestmark = [pytest.mark.faults, pytest.mark.asyncio(loop_scope="session")]

PICTURES = 12
PARTS = ("minio", "nats", "modelserver", "crawler", "embedding", "clustering", "gateway")
WIPED = "nats with all that it held"


@pytest.fixture
def pictures(site_folder: Path, draw: Callable[[str, object], Image.Image], part: str) -> Path:
    """Pictures that no other test has drawn."""
    folder = site_folder / f"kill-{part}"
    for series in ("stripes", "balls", "text"):
        (folder / series).mkdir(parents=True)
        for number in range(PICTURES // 3):
            draw(series, f"{part} {number}").save(folder / series / f"{number}.png")
    return folder


@pytest.mark.parametrize("part", [*PARTS, WIPED])
async def test_killing_a_part_changes_no_count(system, pictures: Path, part: str, tmp_path: Path) -> None:
    before = await system.client.status()
    async with sticker_site(pictures) as url:
        started = await system.client.start_crawl(source(url))
        os.kill(system.supervisor.processes[part.partition(" ")[0]].pid, signal.SIGKILL)
        if part == WIPED:
            shutil.rmtree(system.installation.data / "nats")
        crawl = [state async for state in system.client.watch_crawl(started["crawl_id"])][-1]
    assert (crawl["state"], crawl["progress"]["stored"]) == ("finished", PICTURES)
    status = [status async for status in system.client.watch_embedding()][-1]
    assert status["embedded"] - before["embedded"] == PICTURES

    run = await system.client.start_run({"k": 3})
    run = [state async for state in system.client.watch_run(run["run_id"])][-1]
    await system.client.served(run["run_id"])
    placed = [sticker.sha256 for album in await export_albums(system.client, tmp_path) for sticker in album.stickers]
    assert len(placed) == len(set(placed)) == status["embedded"]
