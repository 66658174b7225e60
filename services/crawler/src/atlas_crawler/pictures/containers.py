"""Reads the containers of images without decoding them: size, frames, transparency, and whether the end is missing.

Each reader walks the structure that its format's specification gives (PNG: W3C Recommendation, APNG; GIF: GIF89a;
WebP: RFC 9649; JPEG: ITU-T T.81 annex B) and raises `LinkFailed` with `truncated_image` or `corrupt_image`.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

from atlas_crawler.model import LinkFailed

PNG = b"\x89PNG\r\n\x1a\n"
STANDALONE = frozenset([0x01, *range(0xD0, 0xD9)])  # JPEG markers without a length
FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class Shape:
    format: str
    width: int
    height: int
    frames: int = 1
    alpha: bool = False


CheckSize = Callable[[int, int], None]


def shape_of(content: bytes, check: CheckSize) -> Shape | None:
    """The shape that the container states; None for formats that only a decoder reads (AVIF, BMP, TIFF, ICO).

    `check(width, height)` is called as soon as the size is read, and may raise for one that is too large.
    """
    for matches, read in READERS:
        if matches(content):
            try:
                return read(content, check)
            except (struct.error, IndexError):
                raise LinkFailed("truncated_image", "the file ends before the picture does") from None
    return None


def read_png(content: bytes, check: CheckSize) -> Shape:
    if content[12:16] != b"IHDR":
        raise LinkFailed("corrupt_image", "a PNG that does not start with its header")
    width, height, _, colour = struct.unpack_from(">IIBB", content, 16)
    check(width, height)
    alpha = colour in (4, 6)
    frames, position = 1, len(PNG)
    while True:
        length, kind = struct.unpack_from(">I4s", content, position)
        end = position + 8 + length
        (checksum,) = struct.unpack_from(">I", content, end)
        if crc32(memoryview(content)[position + 4 : end]) != checksum:
            raise LinkFailed("corrupt_image", f"the checksum of a PNG chunk {kind!r} is wrong")
        if kind == b"acTL":
            (frames,) = struct.unpack_from(">I", content, position + 8)
        elif kind == b"tRNS":
            alpha = True
        elif kind == b"IEND":
            return Shape("png", width, height, frames, alpha)
        position = end + 4


def read_gif(content: bytes, check: CheckSize) -> Shape:
    width, height, flags = struct.unpack_from("<HHB", content, 6)
    check(width, height)
    position = 13 + _colours(flags)
    frames, alpha = 0, False
    while position < len(content) and content[position] != 0x3B:
        if content[position] == 0x21:
            alpha |= content[position + 1] == 0xF9 and bool(content[position + 3] & 1)
            position = _after_blocks(content, position + 2)
        elif content[position] == 0x2C:
            frames += 1
            position = _after_blocks(content, position + 11 + _colours(content[position + 9]))
        else:
            raise LinkFailed("corrupt_image", "a GIF block of unknown kind")
    if not frames:
        raise LinkFailed("truncated_image", "a GIF without frames")
    return Shape("gif", width, height, frames, alpha)


def _colours(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(content: bytes, position: int) -> int:
    while length := content[position]:
        position += length + 1
    return position + 1


def read_webp(content: bytes, check: CheckSize) -> Shape:
    (size,) = struct.unpack_from("<I", content, 4)
    if len(content) < size + 8:
        raise LinkFailed("truncated_image", f"the file has {len(content)} of {size + 8} bytes")
    kind = content[12:16]
    if kind == b"VP8X":
        flags = content[20]
        width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27))
        check(width, height)
        frames = _animation_frames(content, size + 8) if flags & 0x02 else 1
        return Shape("webp", width, height, frames, bool(flags & 0x10))
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        return Shape("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, alpha=bool(bits >> 28 & 1))
    width, height = struct.unpack_from("<HH", content, 26)
    return Shape("webp", width & 0x3FFF, height & 0x3FFF)


def _animation_frames(content: bytes, end: int) -> int:
    frames, position = 0, 12
    while position + 8 <= end:
        kind, length = struct.unpack_from("<4sI", content, position)
        frames += kind == b"ANMF"
        position += 8 + length + (length & 1)
    if not frames:
        raise LinkFailed("corrupt_image", "a WebP animation without frames")
    return frames


def read_jpeg(content: bytes, check: CheckSize) -> Shape:
    position, size = 2, (0, 0)
    while True:
        if content[position] != 0xFF:
            raise LinkFailed("corrupt_image", "a JPEG segment does not start with a marker")
        marker = content[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in STANDALONE:
            position += 2
        elif marker == 0xDA:
            break
        else:
            if marker in FRAME_HEADERS:
                height, width = struct.unpack_from(">HH", content, position + 5)
                size = (width, height)
                check(*size)
            position += 2 + int(struct.unpack_from(">H", content, position + 2)[0])
    if content.rfind(b"\xff\xd9", position) < 0:
        raise LinkFailed("truncated_image", "a JPEG without its end marker")
    return Shape("jpeg", *size)


READERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes, CheckSize], Shape]], ...] = (
    (lambda content: content.startswith(b"\xff\xd8\xff"), read_jpeg),
    (lambda content: content.startswith(PNG), read_png),
    (lambda content: content[:6] in (b"GIF87a", b"GIF89a"), read_gif),
    (lambda content: content[:4] == b"RIFF" and content[8:12] == b"WEBP", read_webp),
)
