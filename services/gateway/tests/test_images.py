import io

import httpx
import pytest
from atlas_common import schemas
from atlas_common.errors import Unavailable
from atlas_common.store import image_key, thumbnail_key
from atlas_gateway import media
from atlas_gateway.parts import Parts

from services.gateway.tests.conftest import World
from services.gateway.tests.shelves import NOON, embed_images, publish, sha, store_images

GIF = b"GIF89a and so on"


async def test_an_upload_goes_to_the_crawler_as_it_is(writer: httpx.AsyncClient, world: World) -> None:
    first = await writer.post("/v1/images", content=GIF)
    again = await writer.post("/v1/images", files={"file": ("cat.gif", io.BytesIO(GIF))})
    assert world.crawler.stored == [GIF, GIF]
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {"sha256": "a" * 64, "duplicate": True}


async def test_an_empty_upload_is_refused(writer: httpx.AsyncClient) -> None:
    assert (await writer.post("/v1/images")).json()["reason"] == "no_picture_sent"
    assert (await writer.post("/v1/images", files={"other": b"x"})).json()["errors"][0]["field"] == "file"


@pytest.mark.parametrize("path", ["/v1/images", "/v1/search"])
async def test_what_is_sent_and_is_no_picture_is_refused_by_its_field(writer: httpx.AsyncClient, path: str) -> None:
    problem = (await writer.post(path, content=b"text")).json()
    assert (problem["status"], problem["reason"]) == (422, "not_an_image")
    assert [error["field"] for error in problem["errors"]] == ["file"]


async def test_stickers_are_listed_newest_first_without_gaps_or_repeats(
    reader: httpx.AsyncClient, world: World
) -> None:
    store_images(world.tables, 10)
    seen, cursor = [], ""
    while cursor is not None:
        page = (await reader.get("/v1/images", params={"limit": 4, "cursor": cursor})).json()
        seen += [image["sha256"] for image in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [sha(n) for n in (9, 6, 7, 8, 3, 4, 5, 0, 1, 2)]


async def test_a_sticker_tells_where_it_was_seen_and_where_it_belongs(
    reader: httpx.AsyncClient, world: World, parts: Parts
) -> None:
    store_images(world.tables, 2)
    publish(world.tables, "run-1", {"cats": [0, 1]})
    await parts.shelf.refresh()
    sticker = (await reader.get(f"/v1/images/{sha(1)}")).json()
    assert [sighting["url"] for sighting in sticker["sightings"]] == ["https://packs.example/1.png"]
    assert (sticker["assignment"]["album_id"], sticker["assignment"]["strength"]) == ("cats", 0.75)


async def test_a_sticker_nobody_knows_is_not_found(reader: httpx.AsyncClient) -> None:
    assert (await reader.get(f"/v1/images/{sha(1)}")).json()["reason"] == "no_such_image"
    assert (await reader.get("/v1/images/short")).status_code == 422


async def test_the_bytes_are_served_for_good_and_can_do_no_harm(reader: httpx.AsyncClient, world: World) -> None:
    world.bucket.objects[image_key(sha(1))] = GIF
    answer = await reader.get(f"/v1/images/{sha(1)}/content")
    assert answer.content == GIF
    assert answer.headers["content-type"] == "image/gif"
    assert "immutable" in answer.headers["cache-control"]
    assert "sandbox" in answer.headers["content-security-policy"]
    again = await reader.get(f"/v1/images/{sha(1)}/content", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_what_is_no_picture_is_only_saved_never_shown(reader: httpx.AsyncClient, world: World) -> None:
    world.bucket.objects[image_key(sha(1))] = b"<svg onload='alert(1)'>"
    answer = await reader.get(f"/v1/images/{sha(1)}/content")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")


async def test_a_thumbnail_is_the_sticker_itself_unless_there_is_one(reader: httpx.AsyncClient, world: World) -> None:
    world.bucket.objects[image_key(sha(1))] = GIF
    own = await reader.get(f"/v1/images/{sha(1)}/thumbnail")
    assert (own.content, own.headers["content-type"]) == (GIF, "image/gif")
    world.bucket.objects[thumbnail_key(sha(1))] = b"RIFF....WEBP"
    assert (await reader.get(f"/v1/images/{sha(1)}/thumbnail")).headers["content-type"] == "image/webp"


async def test_a_large_sticker_stands_in_for_its_thumbnail_no_longer_than_it_must(
    reader: httpx.AsyncClient, world: World
) -> None:
    world.bucket.objects[image_key(sha(1))] = GIF + bytes(media.LIGHT_BYTES)
    itself = await reader.get(f"/v1/images/{sha(1)}/thumbnail")
    assert (itself.headers["cache-control"], itself.headers.get("etag")) == ("public, max-age=60", None)
    world.bucket.objects[thumbnail_key(sha(1))] = b"RIFF....WEBP"
    assert "immutable" in (await reader.get(f"/v1/images/{sha(1)}/thumbnail")).headers["cache-control"]


async def test_neighbours_of_a_sticker_come_nearest_first(
    reader: httpx.AsyncClient, world: World, parts: Parts
) -> None:
    embed_images(world.tables, [(1, 0), (0, 1), (1, 0.1)])
    publish(world.tables, "run-1", {"cats": [0, 2], "dogs": [1]})
    await parts.shelf.refresh()
    answer = (await reader.get(f"/v1/images/{sha(0)}/neighbours")).json()
    assert answer["space"] == "mixed8"
    assert [(near["sha256"], near["album_id"]) for near in answer["neighbours"]] == [(sha(2), "cats"), (sha(1), "dogs")]


async def test_a_sticker_without_features_has_no_neighbours_yet(reader: httpx.AsyncClient, world: World) -> None:
    embed_images(world.tables, [(1, 0)])
    assert (await reader.get(f"/v1/images/{sha(5)}/neighbours")).json()["reason"] == "not_embedded"


async def test_search_by_picture_finds_stickers_and_albums(
    reader: httpx.AsyncClient, world: World, parts: Parts
) -> None:
    embed_images(world.tables, [(1, 0), (0, 1)])
    publish(world.tables, "run-1", {"cats": [0], "dogs": [1]})
    await parts.shelf.refresh()
    answer = (await reader.post("/v1/search", content=GIF)).json()
    assert answer["neighbours"][0] == {"sha256": sha(0), "animated": False, "distance": 0.0, "album_id": "cats"}
    assert [album["album_id"] for album in answer["albums"]] == ["cats"]
    assert world.crawler.stored == []


async def test_search_before_anything_is_embedded_says_so(reader: httpx.AsyncClient) -> None:
    answer = await reader.post("/v1/search", content=GIF)
    assert (answer.status_code, answer.json()["reason"]) == (409, "nothing_embedded")


async def test_a_sticker_that_was_taken_down_is_gone(writer: httpx.AsyncClient, world: World) -> None:
    store_images(world.tables, 2)
    world.bucket.objects[image_key(sha(1))] = GIF
    takedown = {"kind": "image", "value": sha(1), "reason": "the artist asked"}
    assert (await writer.post("/v1/takedowns", json=takedown)).status_code == 201
    assert (await writer.get(f"/v1/images/{sha(1)}")).status_code == 410
    assert (await writer.get(f"/v1/images/{sha(1)}/content")).status_code == 410
    assert [image["sha256"] for image in (await writer.get("/v1/images")).json()["items"]] == [sha(0)]
    assert world.bucket.objects == {}


async def test_what_was_taken_down_is_not_shown_even_where_the_bucket_fails(
    writer: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(key: str) -> None:
        raise Unavailable("the store does not answer")

    store_images(world.tables, 1)
    monkeypatch.setattr(world.bucket, "remove", fail)
    takedown = {"kind": "image", "value": sha(0), "reason": "the artist asked"}
    assert (await writer.post("/v1/takedowns", json=takedown)).status_code == 503
    assert (await writer.get(f"/v1/images/{sha(0)}")).status_code == 410


async def test_taking_a_site_down_removes_what_was_seen_nowhere_else(writer: httpx.AsyncClient, world: World) -> None:
    store_images(world.tables, 2)
    elsewhere = {
        "crawl_id": "d",
        "url": "https://other.example/1.png",
        "sha256": sha(1),
        "duplicate": True,
        "seen_at": NOON,
    }
    world.tables.open(schemas.SIGHTINGS).insert([elsewhere])
    answer = await writer.post("/v1/takedowns", json={"kind": "site", "value": "packs.example", "reason": "closed"})
    assert answer.json()["stickers"] == 1
    assert (await writer.get(f"/v1/images/{sha(0)}")).status_code == 410
    assert (await writer.get(f"/v1/images/{sha(1)}")).status_code == 200


async def test_an_address_is_taken_down_however_it_is_spelt(writer: httpx.AsyncClient, world: World) -> None:
    store_images(world.tables, 2)
    takedown = {"kind": "url", "value": "HTTPS://Packs.Example:443/%31.png", "reason": "the artist asked"}
    assert (await writer.post("/v1/takedowns", json=takedown)).json()["stickers"] == 1
    assert (await writer.get(f"/v1/images/{sha(1)}")).status_code == 410
    assert (await writer.get(f"/v1/images/{sha(0)}")).status_code == 200


@pytest.mark.parametrize(
    ("kind", "value"), [("image", "cat.png"), ("url", "packs.example"), ("site", "https://x/"), ("site", "..")]
)
async def test_a_takedown_of_nothing_that_can_be_is_refused(writer: httpx.AsyncClient, kind: str, value: str) -> None:
    answer = await writer.post("/v1/takedowns", json={"kind": kind, "value": value, "reason": "asked"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "value")
    assert f"this is no {kind}" in answer.json()["detail"]
