"""The way of a sticker from a web site to an album and on to people, with every part real."""

import asyncio
import hashlib
import io
from pathlib import Path

import httpx
import pytest
from atlas_cli.client import AtlasClient
from atlas_cli.connection import Gateway, GatewayError, Json
from atlas_cli.export import export_albums
from atlas_laptop.demo.report import scores
from PIL import Image

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture
def stickers(pictures: Path) -> dict[str, bytes]:
    """The good pictures by the SHA-256 of their bytes."""
    contents = [file.read_bytes() for file in pictures.rglob("*.*") if file.parent.name != "broken"]
    return {hashlib.sha256(content).hexdigest(): content for content in contents}


async def test_every_link_ends_as_stored_duplicate_or_failed(crawl: Json, pictures: Path, stickers) -> None:
    progress = crawl["progress"]
    assert crawl["state"] == "finished"
    assert progress["found"] == len(list(pictures.rglob("*.*")))
    assert (progress["stored"], progress["duplicate"], progress["failed"]) == (len(stickers), 1, 4)


async def test_each_broken_file_has_a_reason_of_its_own(crawl: Json) -> None:
    assert list(crawl["progress"]["failures"].values()) == [1, 1, 1, 1]


async def test_stickers_are_kept_byte_for_byte(atlas: AtlasClient, crawl: Json, stickers) -> None:
    for sha256, content in stickers.items():
        assert await atlas.content(sha256) == content


async def test_a_copy_is_one_sticker_with_two_sightings(atlas: AtlasClient, crawl: Json, pictures: Path) -> None:
    sha256 = hashlib.sha256((pictures / "text" / "copy.png").read_bytes()).hexdigest()
    seen = {sighting["url"].rpartition("/")[2] for sighting in (await atlas.image(sha256))["sightings"]}
    assert seen == {"1.png", "copy.png"}


async def test_every_sticker_gets_features_and_a_thumbnail(atlas: AtlasClient, run: Json, stickers) -> None:
    assert (await atlas.status())["embedded"] >= len(stickers)
    for sha256 in stickers:
        with Image.open(io.BytesIO(await atlas.thumbnail(sha256))) as thumbnail:
            assert max(thumbnail.size) <= 192


async def test_a_published_run_places_every_sticker(atlas: AtlasClient, run: Json, stickers, tmp_path: Path) -> None:
    assert run["state"] == "published"
    placed = [sticker.sha256 for album in await export_albums(atlas, tmp_path) for sticker in album.stickers]
    assert len(placed) == len(set(placed))
    assert set(stickers) <= set(placed)


async def test_albums_are_about_the_series(atlas: AtlasClient, run: Json, tmp_path: Path) -> None:
    series, agreement = scores(await export_albums(atlas, tmp_path)) or pytest.fail("no scores")
    assert series == 3
    assert agreement.purity > 0.8


async def test_a_sticker_that_comes_late_gets_an_album_without_a_new_run(
    atlas: AtlasClient, run: Json, late_picture: bytes
) -> None:
    stored = await atlas.upload("late.png", late_picture)
    assert not stored["duplicate"]
    while (assignment := (await atlas.image(stored["sha256"]))["assignment"]) is None:
        await asyncio.sleep(0.1)
    assert assignment["late"]
    assert assignment["run_id"] == run["run_id"]


async def test_a_search_by_picture_finds_the_sticker_itself_first(atlas: AtlasClient, run: Json, stickers) -> None:
    sha256, content = next(iter(stickers.items()))
    found = await atlas.search("sticker.png", content)
    assert found["neighbours"][0]["sha256"] == sha256
    assert found["albums"]


async def test_a_name_that_a_person_gives_holds_in_the_next_run(atlas: AtlasClient, run: Json) -> None:
    album = await anext(atlas.albums())
    await atlas.decide({"kind": "name", "album_id": album["album_id"], "name": "Best of all"})
    again = await atlas.start_run({"k": 3})
    [last] = [state async for state in atlas.watch_run(again["run_id"]) if state["state"] == "published"]
    await atlas.served(last["run_id"])
    assert {one["album_id"]: one["name"] async for one in atlas.albums()}[album["album_id"]] == "Best of all"


async def test_only_the_bearer_of_the_token_may_write(system) -> None:
    async with AtlasClient(Gateway(system.installation.environment["ATLAS_GATEWAY_URL"])) as stranger:
        with pytest.raises(GatewayError):
            await stranger.start_run({})


async def test_the_gallery_opens(system, run: Json) -> None:
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        page = await browser.get(system.installation.environment["ATLAS_GATEWAY_URL"])
    assert page.is_success
    assert "text/html" in page.headers["content-type"]
