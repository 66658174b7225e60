"""How long an answer may take."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.settings import FetchSettings
from atlas_crawler.web.client import WebClient, open_session

pytestmark = pytest.mark.contract

TOTAL_SECONDS = 0.1
SETTINGS = FetchSettings(allow_networks=("127.0.0.0/8",), total_seconds=TOTAL_SECONDS)


async def slowly(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    await answer.write(b"half")
    await asyncio.sleep(2 * TOTAL_SECONDS)
    await answer.write(b"half")
    return answer


@pytest.fixture
async def slow() -> AsyncIterator[str]:
    site = web.Application()
    site.router.add_get("/", slowly)
    async with TestServer(site) as server:
        yield str(server.make_url("/"))


async def fetched(url: str, seconds: float | None = None) -> bytes:
    async with open_session(SETTINGS) as session, WebClient(session).stream(url, 100, seconds=seconds) as (_, chunks):
        return b"".join([chunk async for chunk in chunks])


async def test_an_answer_that_takes_too_long_is_given_up(slow: str) -> None:
    with pytest.raises(LinkFailed) as caught:
        await fetched(slow)
    assert caught.value.reason == "timeout"


async def test_a_download_may_take_longer(slow: str) -> None:
    assert await fetched(slow, seconds=60) == b"halfhalf"
