import dataclasses
import re

import httpx
import pytest
from atlas.clustering.v1.clustering_pb2 import RUN_STATE_FAILED, Run
from atlas_common import schemas
from atlas_gateway.app import create_app
from atlas_gateway.parts import Parts, Services
from atlas_gateway.remote.calls import Remote
from atlas_gateway.remote.clustering import Clustering
from atlas_gateway.remote.crawler import Crawler
from atlas_gateway.remote.embedding import Embedding

from services.gateway.tests.conftest import World
from services.gateway.tests.shelves import NOON, animate, embed_images, publish, sha, store_images

PAGES = ("/", "/outliers", "/map", "/search", "/runs", "/status", "/failures", "/decisions")
BROWSER = {"Accept": "text/html"}


@pytest.fixture
async def published(world: World, parts: Parts) -> None:
    store_images(world.tables, 6)
    embed_images(world.tables, [(1, 0), (0, 1), (1, 1), (1, 2), (2, 1), (0, 3)])
    publish(world.tables, "run-1", {"cats": [0, 1, 2], "dogs": [3, 4]}, outliers=[5])
    world.tables.open(schemas.FAILURES_CRAWL).insert(
        [{"crawl_id": "c", "url": "x", "attempt": 1, "kind": "image", "reason": "truncated_image", "failed_at": NOON}]
    )
    await parts.shelf.refresh()


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_stands_before_there_is_anything(reader: httpx.AsyncClient, path: str) -> None:
    answer = await reader.get(path)
    assert answer.status_code == 200
    assert "<h1>" in answer.text or "<h2>" in answer.text


async def test_a_page_that_is_not_there_says_so_to_people(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/nothing", headers=BROWSER)
    assert answer.status_code == 404
    assert "There is nothing at /nothing." in answer.text
    assert "openapi" not in answer.text.partition("<footer>")[0]


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "path", [*PAGES, "/albums/cats", "/albums/cats?variant=cats-1", "/albums/cats/beside/dogs", f"/stickers/{sha(5)}"]
)
async def test_every_page_stands_with_a_published_run(reader: httpx.AsyncClient, path: str) -> None:
    answer = await reader.get(path)
    assert answer.status_code == 200
    assert " style=" not in answer.text  # the security policy would drop it


@pytest.mark.usefixtures("published")
async def test_an_album_shows_its_members_and_an_animated_one_can_move(reader: httpx.AsyncClient, world: World) -> None:
    animate(world.tables, 1)
    page = (await reader.get("/albums/cats")).text
    assert all(f'href="/stickers/{sha(number)}"' in page for number in range(3))
    assert page.count("data-moving") == 1
    assert f'data-moving="/v1/images/{sha(1)}/content"' in page


async def test_a_crawl_and_a_run_that_failed_say_why(writer: httpx.AsyncClient, world: World) -> None:
    await writer.post("/v1/crawls", json={"source": {"kind": "folder", "location": "/nowhere"}})
    world.crawler.crawls["crawl-0"].detail = "the path is in none of the folders"
    await writer.post("/v1/runs", json={})
    world.clustering.runs["run-1"].MergeFrom(Run(state=RUN_STATE_FAILED, detail="more albums than stickers"))
    assert "the path is in none of the folders" in (await writer.get("/status")).text
    assert "more albums than stickers" in (await writer.get("/runs")).text


@pytest.mark.usefixtures("published")
async def test_stickers_that_could_not_be_embedded_can_be_tried_again(reader: httpx.AsyncClient, world: World) -> None:
    failure = {"model": "toy", "sha256": sha(9), "reason": "not_found", "attempts": 1, "failed_at": NOON}
    world.tables.open(schemas.FAILURES_EMBED).insert([failure])
    page = (await reader.get("/failures", params={"stage": "embed", "reason": "not_found"})).text
    assert f'href="/stickers/{sha(9)}"' in page
    assert 'data-post="/v1/embedding:retry"><input type="hidden" name="reasons[]" value="not_found">' in page


@pytest.mark.usefixtures("published")
async def test_an_album_leads_to_what_separates_it_from_the_nearest_ones(reader: httpx.AsyncClient) -> None:
    assert 'href="/albums/cats/beside/dogs"' in (await reader.get("/albums/cats")).text
    page = (await reader.get("/albums/cats/beside/dogs")).text
    assert "4.2 standard deviations" in page
    assert page.index(f"/stickers/{sha(0)}") < page.index(f"/stickers/{sha(3)}") < page.index(f"/stickers/{sha(7)}")
    assert 'points="0,40 12.5,5.8' in page


@pytest.mark.usefixtures("published")
async def test_an_album_without_a_name_has_the_same_number_everywhere(reader: httpx.AsyncClient) -> None:
    shown = '<span class="unnamed">№ 1</span>'
    for path in ("/", "/albums/cats", "/albums/dogs", "/albums/cats/beside/dogs", "/outliers", f"/stickers/{sha(0)}"):
        assert shown in (await reader.get(path)).text
    assert shown in (await reader.post("/search", files={"file": ("cat.gif", b"GIF89a cat")})).text


@pytest.mark.usefixtures("published")
async def test_a_variant_is_called_as_its_album_calls_it(reader: httpx.AsyncClient) -> None:
    page = (await reader.get("/albums/cats", params={"variant": "cats-1"})).text
    assert "<h1>Variant 1</h1>" in page
    assert "/v1/exports/albums/cats.zip" not in page


@pytest.mark.usefixtures("published")
async def test_an_upload_is_said_to_be_one(reader: httpx.AsyncClient, world: World) -> None:
    upload = {"crawl_id": "upload", "url": f"upload:{sha(0)}", "sha256": sha(0), "duplicate": True, "seen_at": NOON}
    world.tables.open(schemas.SIGHTINGS).insert([upload])
    page = (await reader.get(f"/stickers/{sha(0)}")).text
    assert "Uploaded by hand" in page
    assert "upload:" not in page


@pytest.mark.usefixtures("published")
async def test_names_that_people_give_cannot_carry_markup(writer: httpx.AsyncClient) -> None:
    await writer.post("/v1/curation", json={"kind": "name", "album_id": "cats", "name": "<script>x</script>"})
    page = (await writer.get("/")).text
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


@pytest.mark.usefixtures("published")
async def test_what_people_decided_is_listed_and_can_be_taken_back(writer: httpx.AsyncClient) -> None:
    hide = {"kind": "hide", "album_id": "dogs"}
    decided = [
        (await writer.post("/v1/curation", json=decision)).json()["decision_id"]
        for decision in (hide, {"kind": "pin", "album_id": "cats", "images": [sha(0)]})
    ]
    await writer.post("/v1/curation", json={"kind": "revoke", "decision_id": decided[0]})
    page = (await writer.get("/decisions")).text
    assert re.findall(r'name="decision_id" value="(.*?)"', page) == [decided[1]]
    assert page.index(f'href="/stickers/{sha(0)}"') < page.index('href="/albums/dogs"') < page.index("taken back")


@pytest.mark.usefixtures("published")
async def test_a_sticker_that_was_taken_out_of_its_album_says_so(writer: httpx.AsyncClient) -> None:
    await writer.post("/v1/curation", json={"kind": "exclude", "album_id": "cats", "images": [sha(0)]})
    page = (await writer.get(f"/stickers/{sha(0)}")).text
    assert 'taken out of <a href="/albums/cats">' in page
    assert "Not in this album" not in page


@pytest.mark.usefixtures("published")
async def test_a_hidden_album_leads_to_where_it_is_shown_again(writer: httpx.AsyncClient) -> None:
    await writer.post("/v1/curation", json={"kind": "hide", "album_id": "cats"})
    assert '<a href="/decisions">show it again</a>' in (await writer.get("/albums/cats")).text


@pytest.mark.usefixtures("published")
async def test_a_picture_that_is_sent_finds_stickers_and_albums(reader: httpx.AsyncClient) -> None:
    page = (await reader.post("/search", files={"file": ("cat.gif", b"GIF89a cat")})).text
    assert f'href="/stickers/{sha(0)}"' in page
    assert 'It would belong to <a href="/albums/cats">' in page
    assert "with a strength of 90%" in page
    assert "data:image/gif;base64," in page


@pytest.mark.usefixtures("published")
async def test_a_run_explains_its_k(writer: httpx.AsyncClient) -> None:
    await writer.post("/v1/runs", json={})
    page = (await writer.get("/runs/run-1")).text
    assert "Modularity by number of albums; the best is 2" in page
    assert 'points="0,32 0.0,16.0 100.0,40.0 100,32"' in page
    assert 'href="/albums/dogs"' in page


async def test_the_runs_say_when_a_new_one_is_due(writer: httpx.AsyncClient) -> None:
    await writer.post("/v1/runs", json={})
    page = (await writer.get("/runs")).text
    assert "40 stickers have come since" in page
    assert "A new run is due:</strong> why" in page


async def test_a_run_can_be_asked_to_begin_afresh_or_to_go_on_from_a_published_one(
    writer: httpx.AsyncClient, world: World
) -> None:
    world.clustering.publish("run-1", "run-2")
    await writer.post("/v1/runs", json={"continues": "none"})
    choices = re.findall(r'<option value="(.*?)">', (await writer.get("/runs")).text)
    assert choices == ["", "none", "run-2"]


async def test_a_run_tells_which_one_it_continues(writer: httpx.AsyncClient, world: World) -> None:
    publish(world.tables, "run-1", {"cats": [0]})
    await writer.post("/v1/runs", json={"continues": "none"})
    assert "It continues" not in (await writer.get("/runs/run-1")).text
    await writer.post("/v1/runs", json={"continues": "run-0"})
    assert 'It continues <a href="/runs/run-0">' in (await writer.get("/runs/run-1")).text


async def test_a_run_shows_what_it_changed(writer: httpx.AsyncClient, world: World) -> None:
    world.clustering.publish("run-1", "run-2")
    page = (await writer.get("/runs/run-2")).text
    assert 'Of 10 stickers that <a href="/runs/run-1">run run-1</a> knew, 3 are in another album' in page


async def test_people_get_a_page_for_what_is_not_there_and_programs_a_problem(reader: httpx.AsyncClient) -> None:
    page = await reader.get("/albums/none", headers=BROWSER)
    problem = await reader.get("/albums/none")
    assert (page.status_code, problem.status_code) == (404, 404)
    assert page.headers["content-type"].startswith("text/html")
    assert "start one with POST /v1/runs" in page.text
    assert problem.headers["content-type"] == "application/problem+json"


@pytest.mark.usefixtures("published")
async def test_pages_stand_while_the_other_services_are_away(parts: Parts) -> None:
    nobody = Remote("other", "unix:/nowhere")
    alone = dataclasses.replace(parts, services=Services(Crawler(nobody), Embedding(nobody), Clustering(nobody)))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(alone.settings, alone)), base_url="http://gateway"
    ) as reader:
        for path in ("/", "/albums/cats", f"/stickers/{sha(0)}", "/status", "/runs"):
            assert (await reader.get(path)).status_code == 200
    await nobody.close()
