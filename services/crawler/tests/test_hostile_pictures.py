"""Pictures made to harm: each ends with a reason, in a process of its own."""

import io
import struct
import zlib
from collections.abc import AsyncIterator

import pytest
from atlas_crawler.model import LinkFailed
from atlas_crawler.pictures.decoder import Decoders
from atlas_crawler.pictures.inspecting import PictureLimits, inspect
from atlas_crawler.settings import PictureSettings
from PIL import Image

from .pictures import animation, encoded, picture

LIMITS = PictureLimits(max_pixels=50_000_000, max_frames=500)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes, colour: int = 2) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks)


END = chunk(b"IEND", b"")
ZEROS = zlib.compress(bytes(10_000_000), 9)


def apng(frames: int) -> bytes:
    return png(8, 8, chunk(b"acTL", struct.pack(">II", frames, 0)), chunk(b"IDAT", zlib.compress(bytes(8 * 25))), END)


def gif(width: int, height: int, frames: int) -> bytes:
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0x80) + bytes(6) + b"\x02\x02\x4c\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + frame * frames + b"\x3b"


def webp(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


HOSTILE = {
    "an empty file": (b"", "empty_file"),
    "text": (b"this is not a picture", "not_an_image"),
    "HTML": (b"<!doctype html><img src=x>", "not_an_image"),
    "a script after a PNG's magic": (b"\x89PNG\r\n\x1a\n<script>alert(1)</script>" * 4, "corrupt_image"),
    "an SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "svg_refused"),
    "an SVG after an XML declaration": (b'<?xml version="1.0"?><!DOCTYPE svg><svg onload="x()"/>', "svg_refused"),
    "an SVG that includes a file": (b'<svg><image href="file:///etc/passwd"/></svg>', "svg_refused"),
    "a program": (b"\x7fELF" + bytes(100), "not_an_image"),
    "a PDF": (b"%PDF-1.7\n%%EOF", "not_an_image"),
    "a zip": (b"PK\x03\x04" + bytes(100), "not_an_image"),
    "a PostScript program": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not_an_image"),
    "a PNG header of 50,000 x 50,000": (png(50_000, 50_000), "too_many_pixels"),
    "a PNG header of 2^31 x 2^31": (png(2**31 - 1, 2**31 - 1), "too_many_pixels"),
    "a PNG without pixels": (png(0, 10, END), "corrupt_image"),
    "a PNG cut in its data": (picture(1)[:200], "truncated_image"),
    "a PNG without its end": (picture(1)[:-12], "truncated_image"),
    "a PNG with a wrong checksum": (flipped(picture(1), 60), "corrupt_image"),
    "a PNG chunk longer than the file": (png(8, 8, struct.pack(">I", 2**31 - 1) + b"IDAT"), "truncated_image"),
    "a PNG without data": (png(8, 8, END), "corrupt_image"),
    "an APNG of 10,000 frames": (apng(10_000), "too_many_frames"),
    "a GIF of 10,000 frames": (gif(8, 8, 10_000), "too_many_frames"),
    "a GIF of 65,535 x 65,535": (gif(65_535, 65_535, 1), "too_many_pixels"),
    "a GIF without frames": (gif(8, 8, 0), "truncated_image"),
    "a GIF cut within a frame": (animation(3)[:-40], "truncated_image"),
    "a GIF with an unknown block": (gif(8, 8, 1)[:-1] + b"\x99\x3b", "corrupt_image"),
    "a JPEG without its end": (picture(1, form="JPEG")[:-2], "truncated_image"),
    "a JPEG of nothing but its start": (b"\xff\xd8\xff", "truncated_image"),
    "a JPEG of 65,500 x 65,500": (
        b"\xff\xd8\xff\xc0" + struct.pack(">HBHHB", 11, 8, 65_500, 65_500, 1) + b"\x01\x11\x00\xff\xd9",
        "too_many_pixels",
    ),
    "a JPEG with a broken marker": (b"\xff\xd8\xff\xe0\x00\x04ab" + bytes(50), "corrupt_image"),
    "a WebP shorter than it says": (picture(1, form="WEBP")[:-20], "truncated_image"),
    "a WebP of 16,384 x 16,384": (
        webp(b"VP8X" + struct.pack("<I", 10) + b"\x00\x00\x00\x00" + b"\xff\x3f\x00" * 2),
        "too_many_pixels",
    ),
    "a WebP animation without frames": (
        webp(b"VP8X" + struct.pack("<I", 10) + b"\x02\x00\x00\x00" + b"\x07\x00\x00" * 2),
        "corrupt_image",
    ),
    "a TIFF cut in its data": (encoded(Image.new("RGB", (64, 64)), "TIFF")[:400], None),
    "a BMP cut in its data": (encoded(Image.new("RGB", (64, 64)), "BMP")[:400], "truncated_image"),
    "an ICO that lists what it lacks": (
        b"\x00\x00\x01\x00\x01\x00" + b"\x10\x10\x00\x00\x01\x00\x20\x00" + b"\xff" * 8,
        None,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_picture_ends_with_its_reason(name: str) -> None:
    content, reason = HOSTILE[name]
    with pytest.raises(LinkFailed) as caught:
        inspect(content, LIMITS)
    assert caught.value.reason == (reason or caught.value.reason)
    assert caught.value.reason in {
        "empty_file",
        "not_an_image",
        "svg_refused",
        "too_many_pixels",
        "too_many_frames",
        "truncated_image",
        "corrupt_image",
    }


def test_a_png_that_inflates_to_more_than_its_pixels_costs_no_more_than_them() -> None:
    bomb = png(8, 8, chunk(b"IDAT", ZEROS), END)
    assert inspect(bomb, LIMITS).width == 8


def test_what_follows_a_picture_s_end_does_not_matter() -> None:
    polyglot = picture(1) + b"<script>alert(1)</script>PK\x03\x04"
    assert inspect(polyglot, LIMITS).format == "png"


@pytest.mark.parametrize(
    ("form", "name", "frames"),
    [
        ("JPEG", "jpeg", 1),
        ("PNG", "png", 1),
        ("WEBP", "webp", 1),
        ("AVIF", "avif", 1),
        ("BMP", "bmp", 1),
        ("TIFF", "tiff", 1),
        ("ICO", "ico", 1),
    ],
)
def test_each_format_is_told_by_its_content(form: str, name: str, frames: int) -> None:
    found = inspect(picture(1, size=(64, 64), form=form), LIMITS)
    assert (found.format, found.width, found.height, found.frames) == (name, 64, 64, frames)


@pytest.mark.parametrize(("form", "name"), [("GIF", "gif"), ("WEBP", "webp"), ("PNG", "png"), ("AVIF", "avif")])
def test_each_animation_s_frames_are_counted(form: str, name: str) -> None:
    found = inspect(animation(5, form), LIMITS)
    assert (found.format, found.frames) == (name, 5)


def test_transparency_is_seen() -> None:
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    assert inspect(encoded(clear, "PNG"), LIMITS).alpha
    assert not inspect(picture(1), LIMITS).alpha


@pytest.fixture
async def decoders() -> AsyncIterator[Decoders]:
    decoders = Decoders(PictureSettings(decode_seconds=20, decoder_bytes=512 * 1024 * 1024))
    yield decoders
    await decoders.close()


async def test_a_picture_that_needs_more_memory_than_a_decoder_has_is_refused_and_the_next_one_is_fine(
    decoders: Decoders,
) -> None:
    large = io.BytesIO()
    Image.new("RGBA", (7_000, 7_000), (1, 2, 3, 4)).save(large, "PNG", compress_level=1)
    with pytest.raises(LinkFailed) as caught:
        await decoders.inspect(large.getvalue() + bytes(1))
    assert caught.value.reason in {"decoder_out_of_memory", "decoder_crashed", "corrupt_image"}
    assert (await decoders.inspect(picture(1))).format == "png"


async def test_a_decoder_that_hangs_is_killed_and_the_next_picture_is_fine() -> None:
    decoders = Decoders(PictureSettings(decode_seconds=0.001))
    with pytest.raises(LinkFailed) as caught:
        await decoders.inspect(picture(1))
    assert caught.value.reason == "decoder_timeout"
    await decoders.close()
