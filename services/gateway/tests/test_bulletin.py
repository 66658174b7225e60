import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from atlas_common.errors import Unavailable
from atlas_common.queue import Queue
from atlas_common.settings import QueueSettings
from atlas_gateway.bulletin import EventStream


class Connection:
    """To a queue that has its streams at the second try; one event comes of it."""

    made: list["Connection"]

    def __init__(self) -> None:
        self.closed = False
        self.made.append(self)

    async def ensure_streams(self) -> None:
        if len(self.made) == 1:
            raise Unavailable("the queue has no leader yet")

    async def events(self, subject: str) -> AsyncIterator[tuple[str, bytes]]:
        yield subject, b""

    async def close(self) -> None:
        self.closed = True


async def test_a_queue_without_streams_is_left_before_the_next_try(monkeypatch: pytest.MonkeyPatch) -> None:
    async def connect(settings: QueueSettings, name: str) -> Connection:
        return Connection()

    Connection.made = []
    monkeypatch.setattr(Queue, "connect", connect)
    monkeypatch.setattr("atlas_gateway.bulletin.RETRY_SECONDS", 0)
    hints = asyncio.Event()
    await EventStream(QueueSettings()).follow(asyncio.Event(), hints)
    assert hints.is_set()
    assert [connection.closed for connection in Connection.made] == [True, False]


class Deaf(Connection):
    """Loses the first cancellation, as `asyncio.wait_for` may before Python 3.12; no event ever comes of it."""

    async def ensure_streams(self) -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    async def events(self, subject: str) -> AsyncIterator[tuple[str, bytes]]:
        await asyncio.Event().wait()
        yield subject, b""


async def test_following_ends_although_a_cancellation_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = asyncio.Event()

    async def connect(settings: QueueSettings, name: str) -> Connection:
        asyncio.get_running_loop().call_soon(stop.set)
        return Deaf()

    Connection.made = []
    monkeypatch.setattr(Queue, "connect", connect)
    monkeypatch.setattr("atlas_common.stopping.AGAIN_SECONDS", 0.01)
    await EventStream(QueueSettings()).follow(stop, asyncio.Event())
    assert len(Connection.made) == 1
