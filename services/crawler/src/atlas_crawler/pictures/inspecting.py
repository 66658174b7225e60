"""Checks a picture and describes it. Runs in the decoding process only: decoders are where hostile bytes bite."""

import io
import warnings
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from atlas_crawler.model import LinkFailed, Picture
from atlas_crawler.pictures.containers import Shape, shape_of
from atlas_crawler.pictures.hashing import fingerprint, phash

OTHER_FORMATS = ("AVIF", "BMP", "TIFF", "ICO")
WHITE = 255
HASHED_SIDE = 64  # a JPEG is decoded at the smallest scale that keeps this many pixels a side


@dataclass(frozen=True, slots=True)
class PictureLimits:
    max_pixels: int
    max_frames: int

    def check_size(self, width: int, height: int) -> None:
        if not width or not height:
            raise LinkFailed("corrupt_image", "a picture without pixels")
        if width * height > self.max_pixels:
            raise LinkFailed("too_many_pixels", f"{width} x {height} pixels; at most {self.max_pixels} are accepted")

    def check_frames(self, frames: int) -> None:
        if frames > self.max_frames:
            raise LinkFailed("too_many_frames", f"{frames} frames; at most {self.max_frames} are accepted")


def inspect(content: bytes, limits: PictureLimits) -> Picture:
    """Describe the picture. Raises `LinkFailed` with the reason why it can't be kept."""
    if not content:
        raise LinkFailed("empty_file", "the file is empty")
    shape = shape_of(content, limits.check_size)
    if shape is None:
        shape, grey = _open_other(content, limits)
    else:
        limits.check_frames(shape.frames)
        grey = _decode(content, shape)
    small = fingerprint(grey)
    return Picture(shape.format, shape.width, shape.height, shape.frames, shape.alpha, phash(small), small.tobytes())


def _decode(content: bytes, shape: Shape) -> NDArray[np.uint8]:
    """The first frame in grey, transparent parts white."""
    if shape.format == "gif":
        with _opened(content) as image:
            return _grey(image)
    buffer = np.frombuffer(content, np.uint8)
    decoded = cv2.imdecode(buffer, _mode(shape))
    if decoded is None:
        with _opened(content) as image:
            return _grey(image)
    return _flattened(_eight_bits(decoded))


def _eight_bits(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    return np.asarray(pixels >> 8 if pixels.dtype == np.uint16 else pixels, np.uint8)


def _flattened(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey, BGR or BGRA pixels as grey on white."""
    if pixels.ndim == 2:
        return pixels
    grey = np.asarray(cv2.cvtColor(pixels[:, :, :3], cv2.COLOR_BGR2GRAY), np.uint8)
    return grey if pixels.shape[2] == 3 else _on_white(grey, pixels[:, :, 3])


def _mode(shape: Shape) -> int:
    if shape.alpha:
        return cv2.IMREAD_UNCHANGED
    if shape.format != "jpeg":
        return cv2.IMREAD_GRAYSCALE
    side = min(shape.width, shape.height)
    if side >= 8 * HASHED_SIDE:
        return cv2.IMREAD_REDUCED_GRAYSCALE_8
    if side >= 4 * HASHED_SIDE:
        return cv2.IMREAD_REDUCED_GRAYSCALE_4
    return cv2.IMREAD_REDUCED_GRAYSCALE_2 if side >= 2 * HASHED_SIDE else cv2.IMREAD_GRAYSCALE


def _on_white(grey: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    weight = alpha.astype(np.uint16)
    return ((grey * weight + WHITE * (WHITE - weight)) // WHITE).astype(np.uint8)


def _open_other(content: bytes, limits: PictureLimits) -> tuple[Shape, NDArray[np.uint8]]:
    if b"<svg" in content[:4096].lower():
        raise LinkFailed("svg_refused", "SVG is a document that may run scripts and load others; it is not kept")
    with _opened(content) as image:
        limits.check_size(*image.size)
        frames = getattr(image, "n_frames", 1)
        limits.check_frames(frames)
        shape = Shape(str(image.format).lower(), *image.size, frames, image.has_transparency_data)
        return shape, _grey(image)


def _opened(content: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is checked against our own limit
            return Image.open(io.BytesIO(content), formats=("GIF", "JPEG", "PNG", "WEBP", *OTHER_FORMATS))
    except UnidentifiedImageError:
        raise LinkFailed("not_an_image", f"the file starts with {content[:16]!r}, which is no image format") from None
    except Exception as error:
        raise LinkFailed("corrupt_image", str(error)) from None


def _grey(image: Image.Image) -> NDArray[np.uint8]:
    try:
        image.draft("L", (HASHED_SIDE * 2, HASHED_SIDE * 2))
        if image.has_transparency_data:
            grey = np.asarray(image.convert("LA"))
            return _on_white(grey[:, :, 0], grey[:, :, 1])
        return np.asarray(image.convert("L"))
    except Exception as error:
        reason = "truncated_image" if "truncated" in str(error) else "corrupt_image"
        raise LinkFailed(reason, str(error)) from None
