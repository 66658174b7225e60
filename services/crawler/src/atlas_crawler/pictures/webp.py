"""The container of WebP (RFC 9649) and the headers of the pictures in it (RFC 6386 §9.1, RFC 9649 §3.4)."""

from collections.abc import Iterator
from struct import unpack_from

from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.outcomes import Picture
from atlas_crawler.pictures.limits import PictureLimits
from atlas_crawler.pictures.readable import readable

ANIMATED, WITH_ALPHA = 0x02, 0x10
CHUNKS = 12  # where they start
FRAME_CHUNKS = 16  # where those of a frame start within its own


def is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def read_webp(content: bytes, limits: PictureLimits) -> Picture:
    end = 8 + int(unpack_from("<I", content, 4)[0])
    if len(content) < end:
        raise LinkFailed("truncated_image", f"the file has {len(content)} of {end} bytes")
    if content[CHUNKS : CHUNKS + 4] != b"VP8X":
        width, height, alpha = _bitstream(content, CHUNKS, end)
        limits.check_size(width, height)
        return Picture("webp", width, height, 1, alpha)
    flags, width, height = content[20], _three_bytes(content, 24) + 1, _three_bytes(content, 27) + 1
    limits.check_size(width, height)
    if flags & ANIMATED:
        frames = _frames(content, end, (width, height), limits)
    else:
        frames = 1
        _check_bitstream(content, CHUNKS, end, (width, height))
    return Picture("webp", width, height, frames, bool(flags & WITH_ALPHA))


def _frames(content: bytes, end: int, canvas: tuple[int, int], limits: PictureLimits) -> int:
    frames = 0
    for kind, at, after in _chunks(content, CHUNKS, end):
        if kind == b"ANMF":
            frames += 1
            limits.check_frames(frames)
            left, top, width, height = (_three_bytes(content, at + 3 * n) for n in range(4))
            if 2 * left + width + 1 > canvas[0] or 2 * top + height + 1 > canvas[1]:
                raise LinkFailed("corrupt_image", "a WebP frame beyond its canvas")
            _check_bitstream(content, at + FRAME_CHUNKS, after, (width + 1, height + 1))
    if not frames:
        raise LinkFailed("corrupt_image", "a WebP animation without frames")
    return frames


def _check_bitstream(content: bytes, start: int, end: int, stated: tuple[int, int]) -> None:
    width, height, _ = _bitstream(content, start, end)
    if (width, height) != stated:
        raise LinkFailed("corrupt_image", f"a WebP that is {width} x {height} where its container says otherwise")


def _bitstream(content: bytes, start: int, end: int) -> tuple[int, int, bool]:
    """Width, height and transparency, from the header of the first picture among the chunks."""
    for kind, at, _ in _chunks(content, start, end):
        if kind == b"VP8 " and content[at + 3 : at + 6] == b"\x9d\x01\x2a":
            width, height = unpack_from("<HH", content, at + 6)
            return width & 0x3FFF, height & 0x3FFF, False
        if kind == b"VP8L" and content[at] == 0x2F:
            (bits,) = unpack_from("<I", content, at + 1)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)
    raise LinkFailed("corrupt_image", "a WebP without a picture")


def _chunks(content: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk: its kind, and where its data starts and ends."""
    while start + 8 <= end:
        kind, length = unpack_from("<4sI", content, start)
        after = start + 8 + length
        if after > end:
            raise LinkFailed("truncated_image", f"a WebP chunk {readable(kind)} longer than what holds it")
        yield kind, start + 8, after
        start = after + (length & 1)


def _three_bytes(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 3], "little")
