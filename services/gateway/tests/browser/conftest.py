"""The gallery in a real browser, served by a real server over real tables in a folder."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import uvicorn
from atlas_common.store import image_key, thumbnail_key
from atlas_gateway.app import create_app
from atlas_gateway.model.curation import NameAlbum
from atlas_gateway.parts import Parts
from playwright.async_api import Page, async_playwright, expect

from services.gateway.tests.browser.chromium import Chromium, find_chromium
from services.gateway.tests.browser.faces import SERIES, face
from services.gateway.tests.conftest import World
from services.gateway.tests.shelves import animate, embed_images, publish, sha, store_images

MEMBERS = 150
MOVING = sha(0)
PATIENCE_MILLISECONDS = 120_000
"""How long anything may take: the machine may be busy, and no test is about time."""


@dataclass(frozen=True)
class Gallery:
    """A page of the browser, where the gallery is, and what the browser complained about."""

    page: Page
    url: str
    complaints: list[str]


@pytest.fixture(scope="session")
def chromium() -> Chromium:
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    return find_chromium()


@pytest.fixture
async def address(parts: Parts) -> AsyncIterator[str]:
    config = uvicorn.Config(
        create_app(parts.settings, parts), port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    parts.stopping.set()
    server.should_exit = True
    await serving


@pytest.fixture
async def gallery(chromium: Chromium, address: str) -> AsyncIterator[Gallery]:
    async with async_playwright() as playwright:
        environment = {**os.environ, **chromium.environment}
        browser = await playwright.chromium.launch(
            executable_path=chromium.path, env=environment, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield Gallery(page, address, complaints)
        await browser.close()


@pytest.fixture
async def published(world: World, parts: Parts) -> None:
    """An album that fills more than one page, a small one, an outlier; sticker 0 is animated."""
    count = MEMBERS + 6
    store_images(world.tables, count)
    animate(world.tables, 0)
    embed_images(world.tables, [(1.0, number / count) for number in range(count)])
    publish(world.tables, "run-1", {"cats": range(MEMBERS), "dogs": range(MEMBERS, MEMBERS + 5)}, outliers=[count - 1])
    for number in range(count):
        world.bucket.objects[image_key(sha(number))] = face("Cats", number, "GIF" if sha(number) == MOVING else "PNG")
        world.bucket.objects[thumbnail_key(sha(number))] = face("Cats", number, "WEBP")
    await parts.shelf.refresh()


@pytest.fixture
async def exhibition(world: World, parts: Parts) -> None:
    """Six albums of drawn faces, with their names."""
    sizes = dict(zip(SERIES, (60, 24, 22, 20, 18, 16), strict=True))
    store_images(world.tables, sum(sizes.values()))
    numbers = iter(range(sum(sizes.values())))
    albums = {series: [next(numbers) for _ in range(size)] for series, size in sizes.items()}
    publish(world.tables, "run-1", albums)
    for series, members in albums.items():
        parts.library.curation.record(NameAlbum(kind="name", album_id=series, name=series))
        for number in members:
            world.bucket.objects[thumbnail_key(sha(number))] = face(series, number, "WEBP")
    await parts.shelf.refresh()
