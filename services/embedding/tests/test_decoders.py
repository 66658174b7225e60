import asyncio
from collections.abc import AsyncIterator, Callable
from multiprocessing import active_children

import numpy as np
import pytest
from atlas_common.errors import InvalidInput
from atlas_embedding.decoder_process import AT_ONCE, DecoderProcess
from atlas_embedding.decoders import Decoders
from atlas_embedding.model import Picture
from atlas_embedding.pictures.prepare import prepare
from atlas_embedding.settings import PictureSettings
from PIL import Image

Draw = Callable[..., Image.Image]
Encode = Callable[..., bytes]

SETTINGS = PictureSettings(workers=2, seconds=30)


async def prepared(process: DecoderProcess, content: bytes) -> Picture:
    process.ask(content)
    return await process.answer()


def kill_decoders() -> None:
    for process in active_children():
        process.kill()


@pytest.fixture
async def process() -> AsyncIterator[DecoderProcess]:
    async with DecoderProcess(SETTINGS) as process:
        yield process


@pytest.fixture
async def decoders() -> AsyncIterator[Decoders]:
    async with Decoders(SETTINGS) as decoders:
        yield decoders


async def test_a_picture_comes_back_as_if_it_had_been_prepared_here(
    process: DecoderProcess, draw: Draw, encode: Encode
) -> None:
    content = encode(draw(1, (300, 200)))
    picture, expected = await prepared(process, content), prepare(content, SETTINGS)
    np.testing.assert_array_equal(picture.frames, expected.frames)
    assert (picture.fingerprint, picture.thumbnail) == (expected.fingerprint, expected.thumbnail)


async def test_what_is_no_picture_is_refused_with_its_reason(process: DecoderProcess) -> None:
    with pytest.raises(InvalidInput) as caught:
        await prepared(process, b"a text")
    assert caught.value.reason == "not_an_image"


async def test_a_picture_that_takes_too_long_is_refused(draw: Draw, encode: Encode) -> None:
    hasty = SETTINGS.model_copy(update={"seconds": 0.000_1})
    async with DecoderProcess(hasty) as process:
        with pytest.raises(InvalidInput) as caught:
            await prepared(process, encode(draw(1, (2000, 2000))))
    assert caught.value.reason == "decoder_timeout"


async def test_a_decoder_that_dies_is_replaced_and_asked_again(
    process: DecoderProcess, draw: Draw, encode: Encode
) -> None:
    await prepared(process, encode(draw(0)))
    contents = [encode(draw(seed)) for seed in range(1, 1 + AT_ONCE)]
    kill_decoders()
    for content in contents:
        process.ask(content)
    for content in contents:
        np.testing.assert_array_equal((await process.answer()).frames, prepare(content, SETTINGS).frames)


async def test_a_picture_that_crashes_the_decoder_twice_is_refused_and_the_next_one_is_not(
    process: DecoderProcess, draw: Draw, encode: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = process._start

    async def start_in_vain() -> object:
        started = await start()
        kill_decoders()
        return started

    monkeypatch.setattr(process, "_start", start_in_vain)
    content = encode(draw(2))
    kill_decoders()
    process.ask(encode(draw(1)))
    process.ask(content)
    with pytest.raises(InvalidInput) as caught:
        await process.answer()
    assert caught.value.reason == "decoder_crashed"
    monkeypatch.undo()
    np.testing.assert_array_equal((await process.answer()).frames, prepare(content, SETTINGS).frames)


async def test_who_no_longer_waits_for_a_picture_holds_nobody_up(
    decoders: Decoders, draw: Draw, encode: Encode
) -> None:
    for seed in range(4):
        asked = asyncio.create_task(decoders.decode(encode(draw(seed, (900, 900)))))
        await asyncio.sleep(0)
        asked.cancel()
    content = encode(draw(4))
    np.testing.assert_array_equal((await decoders.decode(content)).frames, prepare(content, SETTINGS).frames)


async def test_pictures_are_decoded_side_by_side(decoders: Decoders, draw: Draw, encode: Encode) -> None:
    contents = [encode(draw(seed)) for seed in range(8)]
    pictures = await asyncio.gather(*map(decoders.decode, contents))
    for picture, content in zip(pictures, contents, strict=True):
        np.testing.assert_array_equal(picture.frames, prepare(content, SETTINGS).frames)
