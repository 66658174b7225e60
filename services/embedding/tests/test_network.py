import asyncio
from collections.abc import Sequence

import numpy as np
from atlas_common.errors import BrokenInvariant, Unavailable
from atlas_embedding.model import Frame, Frames, Vectors
from atlas_embedding.network import BatchedNetwork
from atlas_embedding.settings import ModelSettings

SETTINGS = ModelSettings(batch=4, batch_seconds=0.05, in_flight=2)


class FakeServing:
    """Its vector is the frame's first pixel. It fails with `error` where that of any frame is `bad`, or always."""

    def __init__(self, error: Exception | None = None, bad: int | None = None) -> None:
        self.batches: list[int] = []
        self._error = error
        self._bad = bad

    async def predict(self, frames: Sequence[Frame]) -> Vectors:
        self.batches.append(len(frames))
        await asyncio.sleep(0)
        if self._error and (self._bad is None or any(frame[0, 0, 0] == self._bad for frame in frames)):
            raise self._error
        return {"pool3": np.stack(frames)[:, 0, 0, :].astype(np.float32)}


def frames(*levels: int) -> Frames:
    return np.stack([np.full((299, 299, 3), level, np.uint8) for level in levels])


async def test_frames_of_several_pictures_share_a_batch_and_find_their_way_back() -> None:
    serving = FakeServing()
    async with BatchedNetwork(serving.predict, SETTINGS) as network:
        answers = await asyncio.gather(*(network.features(frames(n, n + 100)) for n in range(10)))
    for n, answer in enumerate(answers):
        assert [vectors["pool3"][0] for vectors in answer] == [n, n + 100]
    assert serving.batches == [4] * 5


async def test_a_lone_frame_does_not_wait_for_a_full_batch() -> None:
    serving = FakeServing()
    async with BatchedNetwork(serving.predict, SETTINGS) as network:
        await network.features(frames(7))
    assert serving.batches == [1]


async def test_frames_that_come_one_by_one_fill_one_batch_although_several_could_be_under_way() -> None:
    serving = FakeServing()
    async with BatchedNetwork(serving.predict, SETTINGS) as network:
        asked = []
        for n in range(4):
            asked.append(asyncio.create_task(network.features(frames(n))))
            await asyncio.sleep(0)
        await asyncio.gather(*asked)
    assert serving.batches == [4]


async def test_an_error_reaches_everyone_in_the_batch_and_the_next_batch_goes_on() -> None:
    serving = FakeServing(Unavailable("no model server"))
    async with BatchedNetwork(serving.predict, SETTINGS) as network:
        ends = await asyncio.gather(*(network.features(frames(n)) for n in range(6)), return_exceptions=True)
    assert [type(end) for end in ends] == [Unavailable] * 6
    assert serving.batches == [4, 2]


async def test_a_frame_that_the_network_refuses_does_no_harm_to_others_in_its_batch() -> None:
    serving = FakeServing(BrokenInvariant("late"), bad=2)
    async with BatchedNetwork(serving.predict, SETTINGS) as network:
        ends = await asyncio.gather(*(network.features(frames(n)) for n in range(4)), return_exceptions=True)
    assert [isinstance(end, BrokenInvariant) for end in ends] == [False, False, True, False]
    assert serving.batches == [4, 1, 1, 1, 1]
