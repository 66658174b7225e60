"""Backup and restore as docs/operations.md describes them: the bucket is copied, and nothing else."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from atlas_cli.client import AtlasClient
from atlas_cli.crawls import source
from atlas_cli.gateway import find_gateway
from atlas_common.schemas import CURATION
from atlas_common.store import ObjectStore
from atlas_common.tables import Tables
from atlas_laptop.demo.site import sticker_site
from atlas_laptop.installation import Installation, installed
from atlas_laptop.parts import parts
from atlas_laptop.probes import store_settings
from atlas_laptop.supervisor import Supervisor
from PIL import Image

pytestmark = [pytest.mark.faults, pytest.mark.asyncio(loop_scope="session")]

Albums = dict[tuple[str, str | None], set[str]]
"""Members by the id and the name of their album."""

PICTURES = 12
PATIENCE_SECONDS = 120


@pytest_asyncio.fixture(loop_scope="session")
async def albums(system, site_folder: Path, draw: Callable[[str, object], Image.Image]) -> Albums:
    """Albums of an installation."""
    folder = site_folder / "backup"
    for series in ("stripes", "balls", "text"):
        (folder / series).mkdir(parents=True)
        for number in range(PICTURES // 3):
            draw(series, f"backup {number}").save(folder / series / f"{number}.png")
    async with sticker_site(folder) as url:
        crawl = await system.client.start_crawl(source(url))
        assert [state async for state in system.client.watch_crawl(crawl["crawl_id"])][-1]["state"] == "finished"
    async for _ in system.client.watch_embedding():
        pass
    run = await system.client.start_run({"k": 3})
    run = [state async for state in system.client.watch_run(run["run_id"])][-1]
    await system.client.served(run["run_id"])
    return await members(system.client)


@pytest_asyncio.fixture(loop_scope="session")
async def restored(system, albums: Albums, tmp_path: Path) -> AsyncIterator[tuple[Installation, AtlasClient]]:
    """Another installation, whose empty bucket was filled from the first one's before its services started."""
    with installed(tmp_path, print) as other:
        everything = parts(other)
        store = [part for part in everything if part.name == "minio"]
        rest = [part for part in everything if part.name != "minio"]
        surroundings, logs = other.surroundings, other.data / "logs"
        async with Supervisor(store, surroundings, logs, print):
            await copy(system.installation, other)
            async with Supervisor(rest, surroundings, logs, print):
                gateway = find_gateway(other.environment, other.data / "atlas.env")
                async with AtlasClient(gateway) as client:
                    yield other, client


async def test_a_copied_bucket_has_the_same_albums_and_old_versions_of_its_tables(
    restored: tuple[Installation, AtlasClient], albums: Albums
) -> None:
    installation, client = restored
    await until(client, lambda found: found == albums)
    sha256 = next(iter(next(iter(albums.values()))))
    assert await client.content(sha256)
    assert await client.thumbnail(sha256)

    tables = Tables.in_store(store_settings(installation.environment))
    before = tables.open(CURATION).version()
    album = await anext(client.albums())
    await client.decide({"kind": "name", "album_id": album["album_id"], "name": "by mistake"})
    await until(client, lambda found: (album["album_id"], "by mistake") in found)
    await run(installation, sys.executable, "-m", "atlas_common.tables", CURATION.name, str(before))
    await until(client, lambda found: found == albums)


async def until(client: AtlasClient, holds: Callable[[Albums], bool]) -> None:
    """The gateway looks for changes now and then."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds(await members(client)):
            await asyncio.sleep(0.1)


async def members(client: AtlasClient) -> Albums:
    return {
        (album["album_id"], album["name"]): {member["sha256"] async for member in client.members(album["album_id"])}
        async for album in client.albums()
    }


async def run(installation: Installation, *command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command, env=installation.environment)
    assert await process.wait() == 0


async def copy(here: Installation, there: Installation) -> None:
    """Tables first, so that none names an object that the copy lacks."""
    old, new = (ObjectStore(store_settings(one.environment)) for one in (here, there))
    await new.prepare()
    for prefix in ("tables/", "images/", "thumbs/", "models/"):
        for key in await old.keys(prefix):
            await new.put(key, await old.get(key))
