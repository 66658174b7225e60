import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

import h11
import pytest
import uvicorn
from atlas_gateway.slow_clients import Timely
from fastapi import FastAPI, Request

LIMIT_SECONDS = 0.5

Connect = Callable[[], Awaitable[tuple[StreamReader, StreamWriter]]]


@pytest.fixture
def finished() -> asyncio.Event:
    """Lets the slow answer go on."""
    return asyncio.Event()


@pytest.fixture
async def connect(finished: asyncio.Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connect]:
    """Opens connections to a server whose clients have little time to send a request, and its body."""
    monkeypatch.setattr(
        "atlas_gateway.slow_clients.LONGEST_SECONDS", {h11.IDLE: LIMIT_SECONDS, h11.SEND_BODY: LIMIT_SECONDS}
    )
    app = FastAPI()

    @app.get("/quick")
    async def quick() -> str:
        return "done"

    @app.get("/slow")
    async def slow() -> str:
        await finished.wait()
        return "done"

    @app.post("/body")
    async def body(request: Request) -> int:
        return len(await request.body())

    address = str(tmp_path / "server")
    server = uvicorn.Server(uvicorn.Config(app, uds=address, http=Timely, log_config=None, timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    with ExitStack() as stack:

        async def opened() -> tuple[StreamReader, StreamWriter]:
            reader, writer = await asyncio.open_unix_connection(address)
            stack.callback(writer.close)
            return reader, writer

        yield opened
    server.should_exit = True
    await serving


async def test_a_connection_on_which_nothing_comes_is_closed(connect: Connect) -> None:
    reader, _ = await connect()
    assert await reader.read() == b""


async def test_a_request_that_comes_byte_by_byte_is_not_waited_for(connect: Connect) -> None:
    reader, writer = await connect()
    writer.write(b"GET /quick HTTP/1.1\r\nHost: here\r\nX: ")
    while not (reader.at_eof() or writer.is_closing()):
        writer.write(b"x")
        await asyncio.sleep(0.01)


async def test_a_second_request_has_no_more_time_than_the_first(connect: Connect) -> None:
    reader, writer = await connect()
    writer.write(b"GET /quick HTTP/1.1\r\nHost: here\r\n\r\nGET /quick HTTP/1.1\r\n")
    answer = await reader.read()
    assert answer.count(b"200 OK") == 1


async def test_a_body_that_does_not_come_is_not_waited_for(connect: Connect) -> None:
    reader, writer = await connect()
    writer.write(b"POST /body HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nhalf")
    assert b"200 OK" not in await reader.read()


async def test_a_body_that_comes_is_read(connect: Connect) -> None:
    reader, writer = await connect()
    writer.write(b"POST /body HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhalf")
    assert (await reader.read()).endswith(b"4")


async def test_an_answer_may_take_longer_than_a_request(connect: Connect, finished: asyncio.Event) -> None:
    reader, writer = await connect()
    writer.write(b"GET /slow HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    later, _ = await connect()
    assert await later.read() == b""
    finished.set()
    assert b"200 OK" in await reader.read()
