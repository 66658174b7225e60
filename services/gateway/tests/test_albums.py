import csv
import io
import json
import zipfile

import httpx
import pytest
from atlas_common.store import image_key
from atlas_gateway.parts import Parts

from services.gateway.tests.conftest import World
from services.gateway.tests.shelves import publish, sha

ALBUMS = {"cats": range(5), "dogs": range(5, 8), "frogs": range(8, 10)}


@pytest.fixture
async def published(world: World, parts: Parts) -> None:
    publish(world.tables, "run-1", ALBUMS, outliers=[10, 11])
    await parts.shelf.refresh()


async def listed(client: httpx.AsyncClient, path: str, **params: str | int) -> list[dict[str, object]]:
    items, cursor = [], ""
    while cursor is not None:
        page = (await client.get(path, params={"cursor": cursor, **params})).json()
        items += page["items"]
        cursor = page["next_cursor"]
    return items


async def test_before_the_first_run_there_are_no_albums(reader: httpx.AsyncClient) -> None:
    assert await listed(reader, "/v1/albums") == []
    assert (await reader.get("/v1/albums/cats")).json()["reason"] == "no_published_run"


@pytest.mark.usefixtures("published")
async def test_albums_come_largest_first_each_with_a_wall(reader: httpx.AsyncClient) -> None:
    albums = await listed(reader, "/v1/albums", limit=2)
    assert [(album["album_id"], album["size"]) for album in albums] == [("cats", 5), ("dogs", 3), ("frogs", 2)]
    assert [tile["sha256"] for tile in albums[1]["wall"]] == [sha(5), sha(6), sha(7)]
    assert [variant["size"] for variant in albums[0]["variants"]] == [5]


async def test_near_duplicates_are_folded_where_asked_for(
    reader: httpx.AsyncClient, world: World, parts: Parts
) -> None:
    publish(world.tables, "folded", {"cats": [0, 1, 2, 3]}, copies={1: 0, 2: 0})
    await parts.shelf.refresh()
    folded = await listed(reader, "/v1/albums/cats/members", fold="true")
    assert [(member["sha256"], member["copies"]) for member in folded] == [(sha(0), 2), (sha(3), 0)]
    assert len(await listed(reader, "/v1/albums/cats/members")) == 4
    [album] = await listed(reader, "/v1/albums")
    assert [tile["sha256"] for tile in album["wall"]] == [sha(0), sha(3)]
    assert album["size"] == 4
    page = (await reader.get("/albums/cats")).text
    assert f"/stickers/{sha(0)}" in page
    assert f"/stickers/{sha(1)}" not in page
    assert f"/stickers/{sha(1)}" in (await reader.get("/albums/cats?unfolded=true")).text


@pytest.mark.usefixtures("published")
async def test_an_album_names_the_nearest_others(reader: httpx.AsyncClient) -> None:
    near = (await reader.get("/v1/albums/dogs")).json()["near"]
    assert near == [{"album_id": "frogs", "distance": 3.0}, {"album_id": "cats", "distance": 5.0}]


@pytest.mark.usefixtures("published")
async def test_hidden_albums_are_not_named_among_the_nearest(writer: httpx.AsyncClient) -> None:
    near = {}
    for album_id in ("frogs", "cats", "dogs"):
        await writer.post("/v1/curation", json={"kind": "hide", "album_id": album_id})
        near[album_id] = [one["album_id"] for one in (await writer.get("/v1/albums/dogs")).json()["near"]]
    assert near == {"frogs": ["cats"], "cats": [], "dogs": []}


@pytest.mark.usefixtures("published")
async def test_two_albums_are_set_beside_each_other(writer: httpx.AsyncClient) -> None:
    await writer.post("/v1/curation", json={"kind": "exclude", "album_id": "dogs", "images": [sha(7)]})
    found = (await writer.get("/v1/albums/cats/beside/dogs")).json()
    assert (found["separation"], found["first"]["between"], found["second"]["beyond"]) == (4.2, 1, 1)
    assert [tile["sha256"] for tile in found["first"]["typical"]] == [sha(0), sha(1)]
    assert [tile["sha256"] for tile in found["second"]["typical"]] == [sha(6)]
    assert (await writer.get("/v1/albums/cats/beside/none")).json()["reason"] == "no_such_album"
    assert (await writer.get("/v1/albums/cats/beside/cats")).json()["reason"] == "same_album"


@pytest.mark.usefixtures("published")
async def test_members_come_nearest_first_a_page_at_a_time(reader: httpx.AsyncClient) -> None:
    members = await listed(reader, "/v1/albums/cats/members", limit=2)
    assert [member["sha256"] for member in members] == [sha(n) for n in range(5)]
    assert await listed(reader, "/v1/albums/cats/members", variant="cats-2") == []


@pytest.mark.usefixtures("published")
async def test_outliers_are_in_no_album_and_listed_farthest_first(reader: httpx.AsyncClient) -> None:
    outliers = await listed(reader, "/v1/outliers", limit=1)
    assert [(outlier["sha256"], outlier["album_id"]) for outlier in outliers] == [(sha(11), "cats"), (sha(10), "cats")]


@pytest.mark.usefixtures("published")
async def test_pages_stay_with_the_run_they_were_begun_in(
    reader: httpx.AsyncClient, world: World, parts: Parts
) -> None:
    first = (await reader.get("/v1/albums/cats/members", params={"limit": 2})).json()
    publish(world.tables, "run-2", {"cats": [20, 21]})
    await parts.shelf.refresh()
    rest = await reader.get("/v1/albums/cats/members", params={"cursor": first["next_cursor"]})
    assert [member["sha256"] for member in rest.json()["items"]] == [sha(2), sha(3), sha(4)]
    assert len(await listed(reader, "/v1/albums/cats/members")) == 2


@pytest.mark.usefixtures("published")
async def test_the_map_is_an_even_sample_where_there_are_many(reader: httpx.AsyncClient) -> None:
    whole = (await reader.get("/v1/map")).json()
    assert (len(whole["points"]), whole["complete"]) == (12, True)
    assert (await reader.get("/v1/map", params={"limit": 3})).json()["complete"] is False


@pytest.mark.usefixtures("published")
async def test_the_map_names_its_islands(writer: httpx.AsyncClient) -> None:
    await writer.post("/v1/curation", json={"kind": "name", "album_id": "cats", "name": "猫"})
    assert (await writer.get("/v1/map")).json()["names"] == {"cats": "猫"}


@pytest.mark.usefixtures("published")
async def test_a_name_shows_at_once_and_is_announced(writer: httpx.AsyncClient, world: World) -> None:
    await writer.post("/v1/curation", json={"kind": "name", "album_id": "cats", "name": " 猫 "})
    assert (await writer.get("/v1/albums/cats")).json()["name"] == "猫"
    assert world.bulletin.announced == 1


@pytest.mark.usefixtures("published")
async def test_a_hidden_album_is_left_out_until_the_decision_is_revoked(writer: httpx.AsyncClient) -> None:
    decision = (await writer.post("/v1/curation", json={"kind": "hide", "album_id": "cats"})).json()
    assert [album["album_id"] for album in await listed(writer, "/v1/albums")] == ["dogs", "frogs"]
    assert len(await listed(writer, "/v1/albums", hidden="true")) == 3
    await writer.post("/v1/curation", json={"kind": "revoke", "decision_id": decision["decision_id"]})
    assert len(await listed(writer, "/v1/albums")) == 3
    assert [decision["kind"] for decision in await listed(writer, "/v1/curation")] == ["revoke", "hide"]


@pytest.mark.usefixtures("published")
async def test_an_excluded_sticker_leaves_its_album_at_once(writer: httpx.AsyncClient) -> None:
    await writer.post("/v1/curation", json={"kind": "exclude", "album_id": "cats", "images": [sha(0)]})
    album = (await writer.get("/v1/albums/cats")).json()
    assert (album["size"], album["wall"][0]["sha256"]) == (4, sha(1))
    assert len(await listed(writer, "/v1/albums/cats/members")) == 4


@pytest.mark.parametrize(
    ("decision", "field"),
    [
        ({"kind": "name", "album_id": "cats", "name": " "}, "name"),
        ({"kind": "merge", "album_id": "cats", "albums": []}, "albums"),
        ({"kind": "merge", "album_id": "cats", "albums": ["dogs", "cats"]}, "albums"),
        ({"kind": "split", "album_id": "cats", "groups": [[sha(0), sha(1)], [sha(1)]]}, "groups"),
        ({"kind": "paint", "album_id": "cats"}, "kind"),
    ],
)
async def test_a_decision_that_says_nothing_is_refused(
    writer: httpx.AsyncClient, decision: dict[str, object], field: str
) -> None:
    answer = await writer.post("/v1/curation", json=decision)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "decision",
    [
        {"kind": "name", "album_id": "ghosts", "name": "猫"},
        {"kind": "merge", "album_id": "cats", "albums": ["dogs", "ghosts"]},
    ],
)
async def test_a_decision_about_an_album_that_is_not_there_is_refused(
    writer: httpx.AsyncClient, decision: dict[str, object]
) -> None:
    answer = await writer.post("/v1/curation", json=decision)
    assert (answer.status_code, answer.json()["reason"]) == (404, "no_such_album")
    assert await listed(writer, "/v1/curation") == []


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("groups", [[[sha(5), sha(6)]], [[sha(0)], [sha(5), sha(6)]]], ids=["one from the rest", "two"])
async def test_albums_that_a_split_made_are_merged_only_once_it_is_revoked(
    writer: httpx.AsyncClient, groups: list[list[str]]
) -> None:
    split = {"kind": "split", "album_id": "cats", "groups": groups}
    decision = (await writer.post("/v1/curation", json=split)).json()
    merge = {"kind": "merge", "album_id": "dogs", "albums": ["cats"]}
    answer = await writer.post("/v1/curation", json=merge)
    assert (answer.status_code, answer.json()["reason"]) == (409, "kept_apart")
    assert decision["decision_id"] in answer.json()["detail"]
    assert (await writer.post("/v1/curation", json=merge | {"albums": ["frogs"]})).status_code == 201
    await writer.post("/v1/curation", json={"kind": "revoke", "decision_id": decision["decision_id"]})
    assert (await writer.post("/v1/curation", json=merge)).status_code == 201


async def test_revoking_a_decision_that_nobody_took_is_refused(writer: httpx.AsyncClient) -> None:
    assert (await writer.post("/v1/curation", json={"kind": "revoke", "decision_id": "x"})).status_code == 404


@pytest.mark.usefixtures("published")
async def test_a_revoke_is_not_revoked_which_would_change_nothing(writer: httpx.AsyncClient) -> None:
    decision = (await writer.post("/v1/curation", json={"kind": "hide", "album_id": "cats"})).json()
    for expected in (201, 409):
        answer = await writer.post("/v1/curation", json={"kind": "revoke", "decision_id": decision["decision_id"]})
        decision = answer.json()
        assert answer.status_code == expected
    assert "take the decision anew" in decision["detail"]


@pytest.mark.usefixtures("published")
async def test_what_was_taken_down_or_out_is_on_no_map_and_in_no_export(writer: httpx.AsyncClient) -> None:
    await writer.post("/v1/curation", json={"kind": "exclude", "album_id": "cats", "images": [sha(0)]})
    await writer.post("/v1/takedowns", json={"kind": "image", "value": sha(1), "reason": "asked"})
    points = (await writer.get("/v1/map")).json()["points"]
    items = (await writer.get("/v1/exports/assignments.json")).json()
    lines = csv.DictReader(io.StringIO((await writer.get("/v1/exports/assignments.csv")).text))
    for shown in (points, items, lines):
        assert {one["sha256"] for one in shown} == {sha(n) for n in range(2, 12)}


@pytest.mark.usefixtures("published")
async def test_assignments_are_exported_as_csv_and_json(reader: httpx.AsyncClient) -> None:
    rows = list(csv.DictReader(io.StringIO((await reader.get("/v1/exports/assignments.csv")).text)))
    items = json.loads((await reader.get("/v1/exports/assignments.json")).text)
    assert {row["sha256"] for row in rows} == {item["sha256"] for item in items} == {sha(n) for n in range(12)}


@pytest.mark.usefixtures("published")
async def test_an_album_is_exported_as_a_zip_archive(reader: httpx.AsyncClient, world: World) -> None:
    for number in ALBUMS["dogs"]:
        world.bucket.objects[image_key(sha(number))] = b"GIF89a" + bytes([number])
    answer = await reader.get("/v1/exports/albums/dogs.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert {archive.read(name)[-1] for name in archive.namelist()} == set(ALBUMS["dogs"])
        assert archive.namelist()[0] == f"{sha(5)}.gif"
