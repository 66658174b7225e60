import json

import httpx
import pytest
from atlas_common import schemas
from atlas_gateway.parts import Parts

from services.gateway.tests.conftest import World
from services.gateway.tests.shelves import NOON, embed_images, publish, sha, store_images


async def test_a_run_starts_with_k_chosen_unless_asked_for(writer: httpx.AsyncClient, world: World) -> None:
    answer = await writer.post("/v1/runs", json={})
    assert (answer.status_code, answer.headers["location"]) == (201, "/v1/runs/run-1")
    assert answer.json()["spec"]["k"] == "auto"
    assert (await writer.post("/v1/runs", json={"k": 20})).json()["spec"]["k"] == 20


async def test_a_run_is_watched_until_it_is_published(writer: httpx.AsyncClient) -> None:
    await writer.post("/v1/runs", json={})
    events = (await writer.get("/v1/runs/run-1/events")).text
    states = [json.loads(line[6:])["state"] for line in events.splitlines() if line.startswith("data: ")]
    assert states == ["running", "published"]


async def test_a_published_run_explains_itself(writer: httpx.AsyncClient, world: World) -> None:
    await writer.post("/v1/runs", json={})
    assert (await writer.get("/v1/runs/run-1")).json()["report"] == {}
    publish(world.tables, "run-1", {"cats": [0]})
    assert (await writer.get("/v1/runs/run-1")).json()["report"]["recipe"] == "default"
    assert len((await writer.get("/v1/runs")).json()["items"]) == 1


async def test_a_run_is_compared_with_an_earlier_one(reader: httpx.AsyncClient) -> None:
    changes = (await reader.get("/v1/runs/run-2/changes", params={"since": "run-1"})).json()
    assert (changes["stickers"], changes["moved"], changes["agreement"]) == (10, 3, 0.5)
    assert changes["flows"] == [{"before": "cats", "after": "dogs", "stickers": 3}]


async def test_drift_says_when_a_new_run_is_due(writer: httpx.AsyncClient) -> None:
    assert (await writer.get("/v1/drift")).status_code == 409
    await writer.post("/v1/runs", json={})
    drift = (await writer.get("/v1/drift")).json()
    assert (drift["late"], drift["late_outliers"], drift["proposal"]) == (40, 12, "why")


async def test_a_run_can_be_cancelled(writer: httpx.AsyncClient) -> None:
    await writer.post("/v1/runs", json={})
    assert (await writer.post("/v1/runs/run-1:cancel")).json()["state"] == "cancelled"


async def test_the_status_counts_every_stage(reader: httpx.AsyncClient, world: World, parts: Parts) -> None:
    store_images(world.tables, 4)
    embed_images(world.tables, [(1, 0), (0, 1), (1, 1)])
    publish(world.tables, "run-1", {"cats": [0, 1]}, outliers=[2])
    gone = {"crawl_id": "c", "url": "https://packs.example/gone.png"}
    mended = {"crawl_id": "c", "url": "https://packs.example/0.png"}
    world.tables.open(schemas.LINKS).insert([gone | {"kind": "image"}])
    failure = {"attempt": 1, "kind": "image", "reason": "timeout", "failed_at": NOON}
    failures = [gone | failure, gone | failure | {"attempt": 2, "reason": "http_404"}, mended | failure]
    world.tables.open(schemas.FAILURES_CRAWL).insert(failures)
    broken = {"model": "toy", "sha256": sha(3), "reason": "truncated_image", "attempts": 1, "failed_at": NOON}
    world.tables.open(schemas.FAILURES_EMBED).insert([broken])
    await parts.shelf.refresh()
    assert (await reader.get("/v1/status")).json() == {
        "found": 5,
        "stored": 4,
        "duplicate": 0,
        "failed": {"http_404": 1},
        "embedded": 3,
        "embedding_failed": {"truncated_image": 1},
        "assigned": 3,
        "outliers": 1,
        "albums": 1,
        "model": "toy",
        "run_id": "run-1",
    }


async def test_failures_are_listed_by_stage_and_reason(reader: httpx.AsyncClient, world: World) -> None:
    rows = [
        {"crawl_id": "c", "url": f"https://x.example/{n}", "attempt": 1, "reason": reason, "failed_at": NOON}
        for n, reason in enumerate(["timeout", "timeout", "truncated_image"])
    ]
    world.tables.open(schemas.FAILURES_CRAWL).insert(rows)
    first = (await reader.get("/v1/failures", params={"reason": "timeout", "limit": 1})).json()
    second = (await reader.get("/v1/failures", params={"reason": "timeout", "cursor": first["next_cursor"]})).json()
    assert [failure["url"] for failure in first["items"] + second["items"]] == [
        "https://x.example/0",
        "https://x.example/1",
    ]
    assert (await reader.get("/v1/failures", params={"stage": "embed"})).json()["items"] == []


async def test_stickers_that_could_not_be_embedded_are_tried_again(writer: httpx.AsyncClient, world: World) -> None:
    assert (await writer.post("/v1/embedding:retry", json={"reasons": ["not_found"]})).json() == {"queued": 2}
    assert (await writer.post("/v1/embedding:retry")).status_code == 200
    assert world.embedding.retried == ["not_found"]


async def test_who_bears_no_token_cannot_have_anything_tried_again(reader: httpx.AsyncClient) -> None:
    assert (await reader.post("/v1/embedding:retry")).status_code == 401


@pytest.mark.parametrize("lost", ["store", "tables"])
async def test_a_gateway_without_its_store_or_tables_is_not_ready(
    reader: httpx.AsyncClient, parts: Parts, lost: str
) -> None:
    assert (await reader.get("/readyz")).json() == {
        "ready": True,
        "parts": {"store": True, "tables": True, "queue": False},
    }
    parts.checks[lost] = parts.checks["queue"]
    answer = await reader.get("/readyz")
    assert (answer.status_code, answer.json()["parts"][lost]) == (503, False)


async def test_metrics_name_operations_not_paths(reader: httpx.AsyncClient) -> None:
    await reader.get(f"/v1/images/{sha(1)}")
    metrics = (await reader.get("/metrics")).text
    assert 'operation="get_image"' in metrics
    assert sha(1) not in metrics
