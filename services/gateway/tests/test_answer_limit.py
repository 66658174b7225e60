import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from atlas_common.errors import Unavailable
from atlas_gateway.answer_limit import AnswerLimit
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

LIMIT_SECONDS = 0.2


@pytest.fixture
def called_off() -> asyncio.Event:
    """Set when the request that is never answered is given up."""
    return asyncio.Event()


@pytest.fixture
async def client(called_off: asyncio.Event) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.add_middleware(AnswerLimit, seconds=LIMIT_SECONDS)

    @app.get("/never")
    async def never() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            called_off.set()

    @app.get("/defect")
    async def defect() -> None:
        raise TimeoutError("of another kind")

    @app.get("/long")
    async def long() -> StreamingResponse:
        async def lines() -> AsyncIterator[str]:
            yield "begun "
            await asyncio.sleep(3 * LIMIT_SECONDS)
            yield "and done"

        return StreamingResponse(lines())

    @app.post("/body")
    async def body(request: Request) -> int:
        return len(await request.body())

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://atlas") as client:
        yield client


async def test_a_request_that_nothing_answers_is_told_to_try_again(
    client: httpx.AsyncClient, called_off: asyncio.Event
) -> None:
    answer = await client.get("/never")
    assert (answer.status_code, answer.json()["reason"]) == (503, Unavailable.reason)
    assert int(answer.headers["retry-after"]) > 0
    assert called_off.is_set()


async def test_an_answer_that_has_begun_may_take_its_time(client: httpx.AsyncClient) -> None:
    assert (await client.get("/long")).text == "begun and done"


async def test_a_client_may_take_its_time_to_send(client: httpx.AsyncClient) -> None:
    async def sent() -> AsyncIterator[bytes]:
        yield b"half "
        await asyncio.sleep(3 * LIMIT_SECONDS)
        yield b"and half"

    assert (await client.post("/body", content=sent())).json() == len(b"half and half")


async def test_a_defect_is_no_part_that_is_away(client: httpx.AsyncClient) -> None:
    with pytest.raises(TimeoutError, match="of another kind"):
        await client.get("/defect")
