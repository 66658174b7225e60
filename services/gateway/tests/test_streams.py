import asyncio
from collections.abc import AsyncIterator

import pytest
from atlas_common.errors import Unavailable
from atlas_gateway.model.status import Queued
from atlas_gateway.streams import events


class Watched:
    """Yields one resource, then nothing more, until somebody ends it."""

    def __init__(self) -> None:
        self.waiting, self.ended = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> AsyncIterator[Queued]:
        try:
            yield Queued(queued=1)
            self.waiting.set()
            await asyncio.Event().wait()
        finally:
            self.ended.set()


async def test_nothing_goes_on_for_a_viewer_who_has_left() -> None:
    watched = Watched()
    shown = events("queued", watched(), asyncio.Event())
    await anext(shown)
    viewing = asyncio.create_task(anext(shown))  # type: ignore[arg-type]
    await watched.waiting.wait()
    viewing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await viewing
    assert watched.ended.is_set()


async def test_a_stream_ends_when_the_process_is_told_to_stop() -> None:
    watched, stopping = Watched(), asyncio.Event()
    shown = events("queued", watched(), stopping)
    await anext(shown)
    stopping.set()
    assert [event async for event in shown] == []
    assert watched.ended.is_set()


async def test_a_stream_ends_where_the_part_that_it_is_from_went_away() -> None:
    async def failing() -> AsyncIterator[Queued]:
        yield Queued(queued=1)
        raise Unavailable("the store does not answer")

    assert len([event async for event in events("queued", failing(), asyncio.Event())]) == 1
