"""Decodes stickers of any format that people post; the content decides, not the name."""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from atlas_common.errors import InvalidInput
from PIL import Image, UnidentifiedImageError

from atlas_embedding.pictures.animation import read_animation
from atlas_embedding.pictures.sticker import Sticker, is_handy
from atlas_embedding.pictures.still import read_still
from atlas_embedding.pictures.webp import read_still_webp
from atlas_embedding.settings import PictureSettings

ANIMATED_FORMATS = ("GIF", "PNG", "WEBP")
SHOWN_BY_BROWSERS = ("GIF", "JPEG", "PNG", "WEBP")


def read(content: bytes, settings: PictureSettings) -> Sticker:
    """The sticker in `content`. Raises `InvalidInput` with one of these reasons: empty_file, not_an_image,
    too_many_pixels, truncated_image, corrupt_image.
    """
    if not content:
        raise InvalidInput("the file is empty", reason="empty_file")
    if sticker := read_still_webp(content, settings):
        return sticker
    with _decoder_errors():
        image = Image.open(io.BytesIO(content))
        if image.width * image.height > settings.max_pixels:
            raise InvalidInput(f"{image.width} x {image.height} pixels are too many", reason="too_many_pixels")
        handy = image.format in SHOWN_BY_BROWSERS and is_handy(image.size, content, settings)
        if image.format in ANIMATED_FORMATS and getattr(image, "n_frames", 1) > 1:
            return read_animation(image, settings, handy)
        return Sticker((read_still(image, content),), handy=handy)


@contextmanager
def _decoder_errors() -> Iterator[None]:
    """Whatever a decoder trips over is the picture's fault, and becomes `InvalidInput`."""
    try:
        yield
    except UnidentifiedImageError as error:
        raise InvalidInput("the content is no picture in a known format", reason="not_an_image") from error
    except Image.DecompressionBombError as error:
        raise InvalidInput(str(error), reason="too_many_pixels") from error
    except (OSError, SyntaxError, ValueError, struct.error, EOFError, IndexError, KeyError, TypeError) as error:
        cut_off = any(word in str(error).lower() for word in ("truncated", "premature"))
        reason = "truncated_image" if cut_off else "corrupt_image"
        raise InvalidInput(f"the picture cannot be decoded: {error}", reason=reason) from error
