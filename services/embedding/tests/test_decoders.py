import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator

import numpy as np
import pytest
from atlas_common.errors import InvalidInput
from atlas_embedding.decoder_process import DecoderProcess
from atlas_embedding.decoders import Decoders
from atlas_embedding.model import Picture
from atlas_embedding.pictures.prepare import prepare
from atlas_embedding.settings import PictureSettings
from PIL import Image

Draw = Callable[..., Image.Image]
Encode = Callable[..., bytes]

SETTINGS = PictureSettings(workers=2, seconds=30)


@pytest.fixture
def process() -> Iterator[DecoderProcess]:
    process = DecoderProcess(SETTINGS)
    yield process
    process.close()


@pytest.fixture
async def decoders() -> AsyncIterator[Decoders]:
    decoders = Decoders(SETTINGS)
    yield decoders
    decoders.close()


def test_a_picture_comes_back_as_if_it_had_been_prepared_here(
    process: DecoderProcess, draw: Draw, encode: Encode
) -> None:
    content = encode(draw(1, (300, 200)))
    np.testing.assert_array_equal(process.prepare(content).frames, prepare(content, SETTINGS).frames)
    assert process.prepare(content).thumbnail == prepare(content, SETTINGS).thumbnail


def test_what_is_no_picture_is_refused_with_its_reason(process: DecoderProcess) -> None:
    with pytest.raises(InvalidInput) as caught:
        process.prepare(b"a text")
    assert caught.value.reason == "not_an_image"


def test_a_picture_that_takes_too_long_is_refused(draw: Draw, encode: Encode) -> None:
    process = DecoderProcess(SETTINGS.model_copy(update={"seconds": 0.000_1}))
    with pytest.raises(InvalidInput) as caught:
        process.prepare(encode(draw(1, (2000, 2000))))
    assert caught.value.reason == "decoder_timeout"
    process.close()


def test_a_decoder_that_dies_is_replaced(process: DecoderProcess, draw: Draw, encode: Encode) -> None:
    process.prepare(encode(draw(1)))
    os.kill(process.pid, signal.SIGKILL)
    assert len(process.prepare(encode(draw(2))).frames) == 1


def test_a_picture_that_crashes_the_decoder_twice_is_refused(
    process: DecoderProcess, draw: Draw, encode: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = process._ask

    def killed(content: bytes) -> Picture:
        os.kill(process.pid, signal.SIGKILL)
        return ask(content)

    monkeypatch.setattr(process, "_ask", killed)
    with pytest.raises(InvalidInput) as caught:
        process.prepare(encode(draw(1)))
    assert caught.value.reason == "decoder_crashed"
    monkeypatch.undo()
    assert len(process.prepare(encode(draw(2))).frames) == 1


async def test_pictures_are_decoded_side_by_side(decoders: Decoders, draw: Draw, encode: Encode) -> None:
    contents = [encode(draw(seed)) for seed in range(8)]
    pictures = await asyncio.gather(*map(decoders.decode, contents))
    for picture, content in zip(pictures, contents, strict=True):
        np.testing.assert_array_equal(picture.frames, prepare(content, SETTINGS).frames)
