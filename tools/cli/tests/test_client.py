import httpx
import pytest
from atlas_cli.client import AtlasClient
from atlas_cli.connection import Gateway, GatewayError


async def test_a_listing_is_read_to_its_last_page(gateway, client: AtlasClient) -> None:
    gateway.answer("/albums?limit=200", {"items": [{"album_id": "cats"}], "next_cursor": "2"})
    gateway.answer("/albums?limit=200&cursor=2", {"items": [{"album_id": "pandas"}], "next_cursor": None})
    assert [album["album_id"] async for album in client.albums()] == ["cats", "pandas"]


def problem(status: int, **fields: str) -> httpx.Response:
    return httpx.Response(status, json=fields, headers={"content-type": "application/problem+json"})


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(301, headers={"Location": "https://gateway/"}),
        httpx.Response(404, text="<html>"),
        problem(404, title="Not Found", detail="Not Found", reason="http_404"),
    ],
    ids=str,
)
async def test_what_is_no_gateway_is_told_from_one(gateway, client: AtlasClient, answer: httpx.Response) -> None:
    gateway.answers["/status"] = [answer]
    with pytest.raises(GatewayError, match=f"http://gateway answered {answer.status_code} .* ATLAS_GATEWAY_URL"):
        await client.status()


async def test_every_request_carries_the_token(gateway, client: AtlasClient) -> None:
    gateway.answer("/runs", {"run_id": "1"})
    await client.start_run({"k": 20})
    assert gateway.requests[0].headers["Authorization"] == "Bearer secret"


async def test_a_refusal_is_told_in_the_gateways_words(gateway, client: AtlasClient) -> None:
    gateway.answers["/crawls/7"] = [problem(404, title="Not found", detail="there is no crawl 7")]
    with pytest.raises(GatewayError, match=r"^Not found: there is no crawl 7$"):
        await client.crawl("7")


async def test_a_missing_token_is_told_with_where_to_put_it(gateway, client: AtlasClient) -> None:
    gateway.answers["/runs"] = [problem(401, title="Token needed", detail="this needs the gateway's token")]
    with pytest.raises(GatewayError, match="this needs the gateway's token; set ATLAS_GATEWAY_TOKEN to it"):
        await client.start_run({})


async def test_a_gateway_that_is_away_for_a_moment_is_asked_again_and_that_is_told(gateway) -> None:
    gateway.answer("/status", {}, status=503)
    gateway.answer("/status", {"stored": 3})
    told: list[str] = []
    async with AtlasClient(Gateway("http://gateway"), httpx.MockTransport(gateway.handle), told.append) as client:
        assert await client.status() == {"stored": 3}
    assert ["Asking again" in sentence for sentence in told] == [True]


async def test_a_change_that_may_have_been_made_is_not_sent_again(gateway, client: AtlasClient, monkeypatch) -> None:
    def break_off(request: httpx.Request) -> httpx.Response:
        gateway.requests.append(request)
        raise httpx.ReadError("connection lost")

    monkeypatch.setattr(client._gateway._http, "_transport", httpx.MockTransport(break_off))
    with pytest.raises(GatewayError, match="broke off"):
        await client.start_run({})
    assert len(gateway.requests) == 1


async def test_a_crawl_is_watched_until_it_ends(gateway, client: AtlasClient) -> None:
    gateway.answer("/crawls/7", {"state": "running"}, {"state": "paused"}, {"state": "finished"})
    assert [crawl["state"] async for crawl in client.watch_crawl("7")] == ["running", "paused", "finished"]
