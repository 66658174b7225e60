"""Pictures made to harm: each ends with its reason, or is left to those who decode it."""

import random
from collections.abc import AsyncIterator

import pytest
from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.pictures.containers import read_container
from atlas_crawler.pictures.decoding import describe
from atlas_crawler.pictures.inspecting import READ_HERE, PictureInspector
from atlas_crawler.pictures.limits import PictureLimits
from atlas_crawler.settings import PictureSettings
from PIL import Image

from .hostile_pictures import HOSTILE, MOST_FRAMES, STORED, bmp, png
from .pictures import animation, encoded, picture

LIMITS = PictureLimits(max_pixels=50_000_000, max_frames=MOST_FRAMES)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_picture_ends_as_it_should(name: str) -> None:
    content, end = HOSTILE[name]
    assert describe(content, LIMITS).get("reason", STORED) == end


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (b"<!doctype html>\n<html><body>", "'<!doctype html>'"),
        ("这不是一张图片".encode(), "'这不是一张'"),
        (b"\x7fELF\x02\x01\x01" + bytes(100), "7f 45 4c 46 02 01 01 00 00 00 00 00 00 00 00 00"),
        (b"\xff\xfet\x00e\x00x\x00t\x00", "ff fe 74 00 65 00 78 00 74 00"),
    ],
)
def test_what_is_no_picture_is_told_by_its_start_in_print(content: bytes, start: str) -> None:
    assert describe(content, LIMITS)["detail"] == f"the file starts with {start}, which is no image format"


@pytest.mark.parametrize("form", ["PNG", "GIF", "JPEG", "WEBP"])
def test_noise_in_a_container_never_raises_anything_else(form: str) -> None:
    chance = random.Random(0)
    whole = picture(1, form=form) if form == "JPEG" else animation(5, form)
    for _ in range(300):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            content[chance.randrange(8, len(content))] = chance.randrange(256)
        assert describe(bytes(content), LIMITS).keys() in ({"reason", "detail"}, describe(whole, LIMITS).keys())


@pytest.mark.parametrize("form", ["PNG", "GIF", "JPEG", "WEBP"])
def test_a_picture_cut_anywhere_is_not_whole(form: str) -> None:
    whole = picture(1, form=form)
    kept = [cut for cut in range(12, len(whole) - 1) if "reason" not in describe(whole[:cut], LIMITS)]
    assert not kept


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("JPEG", "jpeg"),
        ("PNG", "png"),
        ("GIF", "gif"),
        ("WEBP", "webp"),
        ("AVIF", "avif"),
        ("BMP", "bmp"),
        ("TIFF", "tiff"),
        ("ICO", "ico"),
    ],
)
def test_each_format_is_told_by_its_content(form: str, name: str) -> None:
    found = describe(picture(1, size=(64, 64), form=form), LIMITS)
    assert found == {"format": name, "width": 64, "height": 64, "frames": 1, "alpha": False}


@pytest.mark.parametrize(("form", "name"), [("GIF", "gif"), ("WEBP", "webp"), ("PNG", "png"), ("AVIF", "avif")])
def test_each_animation_s_frames_are_counted(form: str, name: str) -> None:
    found = describe(animation(5, form), LIMITS)
    assert (found["format"], found["frames"]) == (name, 5)


@pytest.mark.parametrize(
    ("form", "options"), [("PNG", {}), ("GIF", {}), ("WEBP", {"lossless": True}), ("WEBP", {"lossless": False})]
)
def test_transparency_is_seen(form: str, options: dict[str, object]) -> None:
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    assert describe(encoded(clear, form, **options), LIMITS)["alpha"]
    assert not describe(picture(1, form=form, **options), LIMITS)["alpha"]


@pytest.fixture
async def inspector() -> AsyncIterator[PictureInspector]:
    inspector = PictureInspector(
        PictureSettings(max_pixels=200_000_000, decode_seconds=120, decoder_bytes=256 * 1024 * 1024)
    )
    yield inspector
    await inspector.close()


async def test_a_large_file_is_read_in_a_process_of_its_own_and_ends_the_same(inspector: PictureInspector) -> None:
    large = picture(1) + bytes(READ_HERE)
    assert await inspector.inspect(large) == read_container(large, LIMITS)
    with pytest.raises(LinkFailed) as caught:
        await inspector.inspect(png(50_000, 50_000) + bytes(READ_HERE))
    assert caught.value.reason == "too_many_pixels"


async def test_a_picture_that_needs_more_memory_than_a_decoder_has_is_refused_and_the_next_one_is_fine(
    inspector: PictureInspector,
) -> None:
    with pytest.raises(LinkFailed) as caught:
        await inspector.inspect(bmp(12_000, 12_000))
    assert caught.value.reason == "decoder_out_of_memory"
    assert (await inspector.inspect(picture(1, form="BMP"))).format == "bmp"


async def test_a_decoder_that_hangs_is_killed() -> None:
    inspector = PictureInspector(PictureSettings(decode_seconds=0.001))
    with pytest.raises(LinkFailed) as caught:
        await inspector.inspect(picture(1, form="BMP"))
    assert caught.value.reason == "decoder_timeout"
    await inspector.close()
