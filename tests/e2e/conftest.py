"""A small web site of pictures, crawled and grouped once."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import pytest_asyncio
from atlas_cli.connection import Json
from atlas_cli.crawls import source
from atlas_laptop.demo.bad import write_bad_files
from atlas_laptop.demo.site import sticker_site
from PIL import Image

SERIES = ("stripes", "balls", "text")
PER_SERIES = 8

Draw = Callable[[str, object], Image.Image]


@pytest.fixture(scope="session")
def pictures(site_folder: Path, draw: Draw) -> Path:
    """A folder a series, one picture of each an animation, one a copy of another; and four broken files."""
    folder = site_folder / "eleven-steps"
    for series in SERIES:
        (folder / series).mkdir(parents=True)
        for seed in range(1, PER_SERIES):
            draw(series, seed).save(folder / series / f"{seed}.png")
        frames = [draw(series, 100 + frame) for frame in range(3)]
        frames[0].save(folder / series / "moving.gif", save_all=True, append_images=frames[1:], duration=100)
    whole = (folder / "text" / "1.png").read_bytes()
    (folder / "text" / "copy.png").write_bytes(whole)
    write_bad_files(folder / "broken", whole)
    return folder


@pytest.fixture
def late_picture(draw: Draw) -> bytes:
    """A picture of the series `balls` that no crawl has seen."""
    content = io.BytesIO()
    draw("balls", 1000).save(content, "PNG")
    return content.getvalue()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def crawl(system, pictures: Path) -> Json:
    """A crawl of the pictures' web site, at its end."""
    atlas = system.client
    async with sticker_site(pictures) as url:
        started = await atlas.start_crawl(source(url))
        return [state async for state in atlas.watch_crawl(started["crawl_id"])][-1]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def run(system, crawl: Json) -> Json:
    """A published run over all that the crawl brought."""
    atlas = system.client
    async for _ in atlas.watch_embedding():
        pass
    started = await atlas.start_run({"k": len(SERIES)})
    run = [state async for state in atlas.watch_run(started["run_id"])][-1]
    await atlas.served(run["run_id"])
    return run
