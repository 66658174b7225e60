"""Pixels of one still picture or one frame, upright, by the fastest decoder that gets its format right."""

from contextlib import suppress
from typing import Any

import cv2
import numpy as np
import simplejpeg
from kornia_rs.io import decode_image_png_u8
from numpy.typing import NDArray
from PIL import ExifTags, Image

from atlas_embedding.model import Pixels
from atlas_embedding.pictures.tensor import SIDE

TO_RGB = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}
EXIF_MARKS = (b"Exif", b"eXIf", b"EXIF")


def read_still(image: Image.Image, content: bytes) -> Pixels:
    """The pixels of a picture that Pillow has opened, which tells its format, but not decoded."""
    pixels = _decode(image, content)
    return _upright(pixels, image) if any(mark in content for mark in EXIF_MARKS) else pixels


def read_frame(image: Image.Image) -> Pixels:
    """An opened picture's current frame by itself, as Pillow decodes it."""
    if image.mode.startswith("I"):
        return _eight_bit_rgb(np.asarray(image).astype(np.uint16))
    mode = _mode(image)
    return _premultiplied(np.asarray(image if image.mode == mode else image.convert(mode)))


def _decode(image: Image.Image, content: bytes) -> Pixels:
    grey_with_transparent_level = image.mode in ("1", "L") and image.has_transparency_data  # OpenCV overlooks the level
    if image.format == "JPEG" and image.mode in ("L", "RGB"):
        return np.asarray(simplejpeg.decode_jpeg(content, min_height=SIDE, min_width=SIDE, strict=True), np.uint8)
    if image.format == "PNG" and image.mode == _mode(image):
        with suppress(Exception):  # nothing more special is raised where it is broken, or has 16 bits
            return _premultiplied(decode_image_png_u8(content, image.size[::-1], image.mode.lower()))
    if image.format in ("PNG", "WEBP") and not grey_with_transparent_level:
        decoded = by_opencv(content)
        if decoded is not None:
            return decoded
    return read_frame(image)  # for a broken picture, too: Pillow says what is wrong with it


def by_opencv(content: bytes) -> Pixels | None:
    """The pixels of a PNG or WebP as they are stored; None where it is broken."""
    decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    return None if decoded is None else _eight_bit_rgb(decoded)


def _mode(image: Image.Image) -> str:
    """What its colours are kept as."""
    return "RGBA" if image.has_transparency_data else "RGB"


def _eight_bit_rgb(decoded: NDArray[Any]) -> Pixels:
    """OpenCV's order and depth made ours."""
    if decoded.dtype == np.uint16:
        decoded = cv2.convertScaleAbs(decoded, alpha=1 / 257)
    channels = 1 if decoded.ndim == 2 else decoded.shape[2]
    return _premultiplied(np.asarray(cv2.cvtColor(decoded, TO_RGB[channels]), np.uint8))


def _premultiplied(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2mRGBA), np.uint8) if pixels.shape[2] == 4 else pixels


def _upright(pixels: Pixels, image: Image.Image) -> Pixels:
    """Turned and mirrored as the camera noted in EXIF."""
    match image.getexif().get(ExifTags.Base.Orientation):
        case 2:
            return pixels[:, ::-1]
        case 3:
            return pixels[::-1, ::-1]
        case 4:
            return pixels[::-1]
        case 5:
            return pixels.swapaxes(0, 1)
        case 6:
            return np.rot90(pixels, 3)
        case 7:
            return pixels[::-1, ::-1].swapaxes(0, 1)
        case 8:
            return np.rot90(pixels)
        case _:
            return pixels
