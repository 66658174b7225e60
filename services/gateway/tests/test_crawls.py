import json

import httpx

from services.gateway.tests.conftest import World

SOURCE = {"kind": "web", "location": "https://packs.example/", "limits": {"images": 10}}


async def test_a_crawl_starts_and_says_where_it_is(writer: httpx.AsyncClient, world: World) -> None:
    answer = await writer.post("/v1/crawls", json={"source": SOURCE})
    assert answer.status_code == 201
    assert answer.headers["location"] == "/v1/crawls/crawl-0"
    assert answer.json()["state"] == "running"
    assert world.crawler.crawls["crawl-0"].source.limits.images == 10


async def test_crawls_are_listed_by_cursor(writer: httpx.AsyncClient) -> None:
    for _ in range(3):
        await writer.post("/v1/crawls", json={"source": SOURCE})
    first = (await writer.get("/v1/crawls", params={"limit": 2})).json()
    second = (await writer.get("/v1/crawls", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [crawl["crawl_id"] for crawl in first["items"] + second["items"]] == ["crawl-0", "crawl-1", "crawl-2"]
    assert second["next_cursor"] is None


async def test_a_crawl_is_paused_resumed_and_cancelled(writer: httpx.AsyncClient) -> None:
    await writer.post("/v1/crawls", json={"source": SOURCE})
    states = [
        (await writer.post(f"/v1/crawls/crawl-0:{verb}")).json()["state"] for verb in ("pause", "resume", "cancel")
    ]
    assert states == ["paused", "running", "cancelled"]


async def test_failures_of_some_reasons_are_tried_again(writer: httpx.AsyncClient, world: World) -> None:
    await writer.post("/v1/crawls", json={"source": SOURCE})
    assert (await writer.post("/v1/crawls/crawl-0:retry", json={"reasons": ["timeout"]})).status_code == 200
    assert (await writer.post("/v1/crawls/crawl-0:retry")).status_code == 200
    assert world.crawler.retried == ["timeout"]


async def test_a_crawl_is_watched_until_it_ends(writer: httpx.AsyncClient) -> None:
    await writer.post("/v1/crawls", json={"source": SOURCE})
    answer = await writer.get("/v1/crawls/crawl-0/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    seen = [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line.startswith("data: ")]
    assert [crawl["state"] for crawl in seen] == ["running", "finished"]
    assert seen[-1]["progress"]["failures"] == {"http_404": 1}


async def test_what_the_crawler_refuses_is_told_in_its_words(writer: httpx.AsyncClient) -> None:
    answer = await writer.post("/v1/crawls", json={"source": {"kind": "nonsense", "location": "x"}})
    assert answer.status_code == 422
    assert "use web, urls, folder or archive" in answer.json()["detail"]


async def test_an_unknown_crawl_is_not_found(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/v1/crawls/none")
    assert (answer.status_code, answer.json()["reason"]) == (404, "no_such_crawl")
    assert (await reader.get("/v1/crawls/none/events")).status_code == 404
