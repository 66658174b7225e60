"""Reads the containers of pictures: what they are, how large, how many frames, and whether anything is missing.

Nothing is decoded. The readers walk the structure that a format's specification gives, in a time that is bounded by the
length of the file. What only a decoder can find out is found where pictures are decoded anyway: by embedding.
"""

import struct
from collections.abc import Callable

from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.outcomes import Picture
from atlas_crawler.pictures import gif, jpeg, png
from atlas_crawler.pictures.gif import read_gif
from atlas_crawler.pictures.jpeg import read_jpeg
from atlas_crawler.pictures.limits import PictureLimits
from atlas_crawler.pictures.png import read_png
from atlas_crawler.pictures.webp import is_webp, read_webp

Reader = Callable[[bytes, PictureLimits], Picture]
"""For one format. Raises `LinkFailed`, and `struct.error` or `IndexError` where the file ends too early."""


def read_container(content: bytes, limits: PictureLimits) -> Picture | None:
    """The picture as its container describes it; None for formats that only a decoder reads (AVIF, BMP, TIFF, ICO).

    Raises `LinkFailed` with the reason why the picture can't be kept.
    """
    if not content:
        raise LinkFailed("empty_file", "the file is empty")
    read = _reader(content)
    try:
        return read and read(content, limits)
    except (struct.error, IndexError):
        raise LinkFailed("truncated_image", "the file ends before the picture does") from None


def _reader(content: bytes) -> Reader | None:
    if content.startswith(png.SIGNATURE):
        return read_png
    if content.startswith(gif.SIGNATURES):
        return read_gif
    if content.startswith(jpeg.SIGNATURE):
        return read_jpeg
    return read_webp if is_webp(content) else None
