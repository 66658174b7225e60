"""The container of PNG and APNG (W3C Recommendation "Portable Network Graphics", third edition)."""

from collections.abc import Iterator
from struct import unpack_from
from zlib import crc32

from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.outcomes import Picture
from atlas_crawler.pictures.limits import PictureLimits
from atlas_crawler.pictures.readable import readable

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = b"\x00\x00\x00\x0dIHDR"
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}  # bits, by type of colour
WITH_ALPHA = (4, 6)


def read_png(content: bytes, limits: PictureLimits) -> Picture:
    if content[8:16] != HEADER:
        raise LinkFailed("corrupt_image", "a PNG that does not start with its header")
    width, height, depth, colour = unpack_from(">IIBB", content, 16)
    limits.check_size(width, height)
    if depth not in DEPTHS.get(colour, ()):
        raise LinkFailed("corrupt_image", f"a PNG of colour type {colour} with {depth} bits")
    alpha, data, stated, frames = colour in WITH_ALPHA, False, 0, 0
    for kind, at in _chunks(content):
        match kind:
            case b"IDAT":
                data = True
            case b"tRNS":
                alpha = True
            case b"acTL":
                (stated,) = unpack_from(">I", content, at)
                limits.check_frames(stated)
            case b"fcTL":
                frames += 1
                _check_frame(content, at, width, height)
    if not data:
        raise LinkFailed("corrupt_image", "a PNG without data")
    if stated and stated != frames:
        raise LinkFailed("corrupt_image", f"an APNG that states {stated} frames and holds {frames}")
    return Picture("png", width, height, stated or 1, alpha)


def _chunks(content: bytes) -> Iterator[tuple[bytes, int]]:
    """Every chunk up to the end's: its kind, and where its data starts."""
    view, at, kind = memoryview(content), len(SIGNATURE), b""
    while kind != b"IEND":
        length, kind = unpack_from(">I4s", content, at)
        end = at + 8 + length
        (checksum,) = unpack_from(">I", content, end)
        if crc32(view[at + 4 : end]) != checksum:
            raise LinkFailed("corrupt_image", f"the checksum of a PNG chunk {readable(kind)} is wrong")
        yield kind, at + 8
        at = end + 4


def _check_frame(content: bytes, at: int, width: int, height: int) -> None:
    frame_width, frame_height, left, top = unpack_from(">4xIIII", content, at)
    if left + frame_width > width or top + frame_height > height:
        raise LinkFailed("corrupt_image", "an APNG frame beyond its canvas")
