import asyncio
import base64
import dataclasses
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from atlas_gateway.app import create_app
from atlas_gateway.parts import Parts
from atlas_gateway.remote.calls import Remote
from atlas_gateway.remote.crawler import Crawler
from pydantic import SecretStr
from structlog.testing import capture_logs

from services.gateway.tests.conftest import World
from services.gateway.tests.shelves import publish


def client_of(parts: Parts) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(parts.settings, parts)), base_url="http://gateway"
    )


async def test_a_wrong_field_is_named(writer: httpx.AsyncClient) -> None:
    answer = await writer.post("/v1/runs", json={"k": "many", "sede": 1})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {error["field"] for error in answer.json()["errors"]} == {"k", "sede"}


async def test_a_body_that_is_no_json_is_told_where_it_breaks(writer: httpx.AsyncClient) -> None:
    answer = await writer.post("/v1/runs", content='{"k": 20', headers={"Content-Type": "application/json"})
    (error,) = answer.json()["errors"]
    assert error["field"] == "body"
    assert "no JSON at character 8" in error["detail"]


async def test_a_body_that_is_not_called_json_is_told_what_to_call_itself(writer: httpx.AsyncClient) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}  # which curl calls it, unless told
    answer = await writer.post("/v1/runs", content='{"k": 20}', headers=form)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body")
    assert "Content-Type: application/json" in answer.json()["detail"]


async def test_writing_needs_the_token(reader: httpx.AsyncClient) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic bGV0LW1lLXdyaXRl"}):
        answer = await reader.post("/v1/runs", json={}, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_without_a_configured_token_nobody_may_write(parts: Parts) -> None:
    closed = dataclasses.replace(parts, settings=parts.settings.model_copy(update={"token": SecretStr("")}))
    async with client_of(closed) as client:
        answer = await client.post("/v1/runs", json={}, headers={"Authorization": "Bearer "})
    assert answer.status_code == 403
    assert "ATLAS_GATEWAY_TOKEN" in answer.json()["detail"]


async def test_a_service_that_is_down_is_a_503_that_says_when_to_try_again(parts: Parts) -> None:
    remote = Remote("crawler", "unix:/nowhere")
    alone = dataclasses.replace(parts, services=dataclasses.replace(parts.services, crawler=Crawler(remote)))
    async with client_of(alone) as client:
        answer = await client.get("/v1/crawls")
    await remote.close()
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "crawler" in answer.json()["detail"]


async def test_an_unknown_path_is_a_problem_too(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/v1/nothing")
    assert (answer.status_code, answer.json()["status"]) == (404, 404)
    assert "/v1/nothing" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/", "/v1/albums", "/v1/images", "/healthz", f"/v1/images/{'a' * 64}"])
async def test_head_answers_as_get_does_but_has_no_body(reader: httpx.AsyncClient, path: str) -> None:
    get, head = await reader.get(path), await reader.head(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.headers["content-length"] == get.headers["content-length"]


async def test_head_of_a_stream_ends(reader: httpx.AsyncClient) -> None:
    answer = await reader.head("/v1/status/events")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("path", ["/v1/images/..%2f..%2fetc%2fpasswd/content", "/v1/images/../../etc/passwd"])
async def test_no_path_leads_out_of_the_bucket(reader: httpx.AsyncClient, path: str) -> None:
    assert (await reader.get(path)).status_code in (404, 422)


async def test_a_defect_tells_nothing_but_its_request_id(parts: Parts, reader: httpx.AsyncClient) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret")

    parts.objects.get = broken  # type: ignore[method-assign]
    with capture_logs() as logs:
        answer = await reader.get(f"/v1/images/{'a' * 64}/content", headers={"X-Request-Id": "42"})
    assert "request_failed" in {line["event"] for line in logs}
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "42")
    assert "secret" not in answer.text
    assert "request 42" in answer.json()["detail"]


async def test_every_answer_carries_its_request_id_and_security_headers(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/healthz", headers={"X-Request-Id": "42"})
    assert answer.headers["x-request-id"] == "42"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_a_body_that_is_too_large_is_refused(writer: httpx.AsyncClient) -> None:
    answer = await writer.post("/v1/images", content=b"x" * 30_000)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert "20000 bytes of ATLAS_GATEWAY_UPLOAD_BYTES" in answer.json()["detail"]


@pytest.mark.parametrize(
    "listing", ["/v1/images", "/v1/albums", "/v1/albums/cats/members", "/v1/curation", "/v1/crawls"]
)
@pytest.mark.parametrize(
    "position",
    [[], None, ["a"], ["a", "b"], [1, 2], [True, "a"], [10**400, "a"], [{}, "a"], ["2026-01-01", "\ud800"]],
)
async def test_a_cursor_that_nobody_gave_out_is_refused(
    reader: httpx.AsyncClient, world: World, parts: Parts, listing: str, position: object
) -> None:
    publish(world.tables, "run-1", {"cats": [0]})
    await parts.shelf.refresh()
    await refused(reader, listing, base64.urlsafe_b64encode(json.dumps(position).encode()).decode())


@pytest.mark.parametrize("cursor", ["nonsense", 1400 * "[", base64.urlsafe_b64encode(1400 * b"[").decode()], ids=len)
async def test_what_is_no_cursor_at_all_is_refused(reader: httpx.AsyncClient, cursor: str) -> None:
    await refused(reader, "/v1/images", cursor)


async def refused(reader: httpx.AsyncClient, listing: str, cursor: str) -> None:
    answer = await reader.get(listing, params={"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/runs", {"k": 2**31}, "k"),
        ("/v1/runs", {"seed": 2**63}, "seed"),
        ("/v1/runs", {"seed": -1}, "seed"),
        ("/v1/runs", {"features_version": 2**63}, "features_version"),
        ("/v1/runs", {"recipe": "\ud800"}, "recipe"),
        ("/v1/crawls", {"source": {"kind": "web", "location": "x", "limits": {"depth": 2**31}}}, "source.limits.depth"),
        ("/v1/crawls", {"source": {"kind": "web", "location": "x", "limits": {"pages": 2**63}}}, "source.limits.pages"),
        ("/v1/crawls", {"source": {"kind": "web", "location": "\ud800"}}, "source.location"),
    ],
)
async def test_what_no_service_can_be_sent_is_refused_by_its_field(
    writer: httpx.AsyncClient, path: str, body: object, field: str
) -> None:
    answer = await writer.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_more_bodies_than_fit_into_memory_are_put_off(writer: httpx.AsyncClient) -> None:
    half_sent, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"x" * 15_000
        half_sent.set()
        await go_on.wait()

    first = asyncio.create_task(writer.post("/v1/images", content=slowly()))
    await half_sent.wait()
    answer = await writer.post("/v1/images", content=b"x" * 15_000)
    assert (answer.status_code, answer.json()["reason"]) == (503, "http_503")
    assert int(answer.headers["retry-after"]) > 0
    go_on.set()
    assert (await first).status_code == 201
    assert (await writer.post("/v1/images", content=b"x" * 15_001)).status_code == 201


async def test_a_request_id_that_no_service_can_be_sent_is_replaced(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/v1/crawls", headers={"X-Request-Id": "é".encode("latin-1")})
    assert answer.status_code == 200
    assert answer.headers["x-request-id"].isascii()
