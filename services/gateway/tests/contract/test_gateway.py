import asyncio
import signal

import pytest
from atlas_common.queue import RUN_PUBLISHED, Queue
from atlas_common.store import ObjectStore, image_key, thumbnail_key
from atlas_common.tables import Tables

from services.gateway.tests.contract.conftest import PATIENCE_SECONDS, Start
from services.gateway.tests.shelves import embed_images, publish, sha, store_images

pytestmark = [pytest.mark.contract, pytest.mark.enable_socket]

ONLY_WHEN_TOLD = 3600.0


async def test_a_run_is_served_as_soon_as_it_is_announced(start: Start, tables: Tables, queue: Queue) -> None:
    gateway = await start(ONLY_WHEN_TOLD)
    store_images(tables, 5)
    publish(tables, "run-1", {"cats": [0, 1, 2]}, outliers=[3])
    await queue.publish(RUN_PUBLISHED, b"run-1")
    await gateway.until("/v1/status", lambda answer: answer.json()["run_id"] == "run-1")
    first = (await gateway.client.get("/v1/albums/cats/members", params={"limit": 2})).json()
    rest = (await gateway.client.get("/v1/albums/cats/members", params={"cursor": first["next_cursor"]})).json()
    assert [member["sha256"] for member in first["items"] + rest["items"]] == [sha(0), sha(1), sha(2)]


async def test_a_run_that_no_event_announced_is_found_by_looking(start: Start, tables: Tables) -> None:
    gateway = await start(0.1)
    publish(tables, "run-1", {"cats": [0, 1, 2]})
    await gateway.until("/v1/albums", lambda answer: len(answer.json()["items"]) == 1)
    publish(tables, "run-2", {"cats": [0], "dogs": [1, 2]})
    await gateway.until("/v1/albums", lambda answer: len(answer.json()["items"]) == 2)


async def test_a_decision_made_at_one_replica_shows_at_the_other(start: Start, tables: Tables) -> None:
    publish(tables, "run-1", {"cats": [0, 1, 2]})
    one, other = await start(ONLY_WHEN_TOLD), await start(ONLY_WHEN_TOLD)
    await one.client.post("/v1/curation", json={"kind": "name", "album_id": "cats", "name": "猫"})
    await other.until("/v1/albums/cats", lambda answer: answer.json()["name"] == "猫")


async def test_a_takedown_removes_the_bytes_from_the_bucket(start: Start, tables: Tables, objects: ObjectStore) -> None:
    store_images(tables, 1)
    await objects.put(image_key(sha(0)), b"GIF89a")
    await objects.put(thumbnail_key(sha(0)), b"RIFF....WEBP")
    gateway = await start(ONLY_WHEN_TOLD)
    assert (await gateway.client.get(f"/v1/images/{sha(0)}/content")).content == b"GIF89a"
    takedown = {"kind": "site", "value": "packs.example", "reason": "its owner asked"}
    assert (await gateway.client.post("/v1/takedowns", json=takedown)).status_code == 201
    assert await objects.keys("images/") == await objects.keys("thumbs/") == []
    assert (await gateway.client.get(f"/v1/images/{sha(0)}/content")).status_code == 410


async def test_neighbours_are_searched_in_the_bucket(start: Start, tables: Tables) -> None:
    embed_images(tables, [(1, 0), (0, 1), (1, 0.1)])
    publish(tables, "run-1", {"cats": [0, 1, 2]})
    gateway = await start(ONLY_WHEN_TOLD)
    await gateway.until("/v1/status", lambda answer: answer.json()["run_id"] == "run-1")
    near = (await gateway.client.get(f"/v1/images/{sha(0)}/neighbours")).json()["neighbours"]
    assert [one["sha256"] for one in near] == [sha(2), sha(1)]


async def test_an_open_stream_does_not_hold_up_the_end(start: Start) -> None:
    gateway = await start(ONLY_WHEN_TOLD)
    async with asyncio.timeout(PATIENCE_SECONDS), gateway.client.stream("GET", "/v1/status/events") as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        gateway.process.send_signal(signal.SIGTERM)
        assert [line async for line in lines if line.startswith("event")] == []
        assert await gateway.process.wait() == 0
