"""What is in memory while stickers are embedded, and what their frames come to."""

import asyncio
from collections.abc import Sequence

import numpy as np
from atlas_common.held import HeldBytes, Room
from atlas_embedding.embed import embed_stored
from atlas_embedding.model import Frames, Picture, Vectors

SIZE = 60


class FakeObjects:
    """Every key holds `SIZE` bytes. `read` counts those that there was room for."""

    def __init__(self) -> None:
        self.read = 0

    async def get(self, key: str, room: Room | None = None) -> bytes:
        assert room
        await room(SIZE)
        self.read += 1
        return bytes(SIZE)

    async def put(self, key: str, content: bytes, content_type: str = "") -> None: ...


class FakeDecoder:
    """Decodes when `go` is set."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def decode(self, content: bytes) -> Picture:
        await self.go.wait()
        black, white = np.zeros((299, 299, 3), np.uint8), np.full((299, 299, 3), 255, np.uint8)
        return Picture(np.stack([black, white]), (0, 1, 0), b"", None)


class FakeNetwork:
    """Sees how bright the frames are."""

    async def features(self, frames: Frames) -> Sequence[Vectors]:
        return [{"pool3": np.full(4, frame.mean(), np.float32)} for frame in frames]


async def test_a_picture_waits_for_room_until_the_ones_before_it_are_decoded() -> None:
    objects, decoder, held = FakeObjects(), FakeDecoder(), HeldBytes(2 * SIZE)
    async with asyncio.TaskGroup() as pictures:
        for number in range(5):
            pictures.create_task(embed_stored(f"{number:064x}", objects, held, decoder, FakeNetwork()))
        for _ in range(10):
            await asyncio.sleep(0)
        assert objects.read == 2
        decoder.go.set()
    assert objects.read == 5


async def test_a_frame_that_is_shown_twice_is_asked_of_the_network_once_and_counts_twice() -> None:
    decoder = FakeDecoder()
    decoder.go.set()
    embedded = await embed_stored("0" * 64, FakeObjects(), HeldBytes(SIZE), decoder, FakeNetwork())
    assert embedded.frames == 2
    np.testing.assert_allclose(embedded.vectors["pool3"], 255 / 3)
