import asyncio
from contextlib import suppress

import pytest
from atlas_common.queue.lasting import Lasting


class Stream:
    """Made at once the first time; the second time it waits for an answer, and loses a cancellation meanwhile."""

    def __init__(self) -> None:
        self.made = 0
        self.asked_again = asyncio.Event()

    async def make(self) -> None:
        self.made += 1
        if self.made == 2:
            self.asked_again.set()
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        if self.made > 1:
            raise OSError("the connection is closed")


async def test_nothing_is_made_again_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atlas_common.queue.lasting.PAUSE_SECONDS", 0)
    monkeypatch.setattr("atlas_common.stopping.AGAIN_SECONDS", 0.01)
    lasting, stream = Lasting(), Stream()
    await lasting.make(stream.make)
    await lasting.reconnected()
    await stream.asked_again.wait()
    await lasting.stop()
    assert asyncio.all_tasks() == {asyncio.current_task()}
