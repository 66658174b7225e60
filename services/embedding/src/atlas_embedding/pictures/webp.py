"""Still WebP pictures without Pillow, which makes two empty canvases for each, as if it moved."""

from struct import Struct

from atlas_embedding.pictures.sticker import Sticker, is_handy
from atlas_embedding.pictures.still import EXIF_MARKS, by_opencv
from atlas_embedding.settings import PictureSettings

HEADER = Struct("<4sI8s4xB3x3s3s")
"""RIFF, how many bytes follow, WEBPVP8X, flags, and the numbers of the last column and row."""
MOVES = 0x02


def read_still_webp(content: bytes, settings: PictureSettings) -> Sticker | None:
    """The sticker in a WebP of the extended format, which lossy ones with transparency have.

    None where it moves, may have been turned, is too large or broken, and for any other content.
    """
    if len(content) < HEADER.size:
        return None
    riff, length, extended, flags, column, row = HEADER.unpack_from(content)
    if (riff, extended) != (b"RIFF", b"WEBPVP8X") or len(content) < 8 + length or flags & MOVES:
        return None
    width, height = (1 + int.from_bytes(last, "little") for last in (column, row))
    if width * height > settings.max_pixels or any(mark in content for mark in EXIF_MARKS):
        return None
    pixels = by_opencv(content)
    return None if pixels is None else Sticker((pixels,), handy=is_handy((width, height), content, settings))
