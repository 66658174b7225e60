"""Formats whose containers are not read here. Only the decoding process runs this: decoders are where bytes bite."""

import io
import warnings

from PIL import Image, UnidentifiedImageError

from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.outcomes import Picture
from atlas_crawler.pictures.limits import PictureLimits
from atlas_crawler.pictures.readable import readable

FORMATS = ("AVIF", "BMP", "TIFF", "ICO")


def decode(content: bytes, limits: PictureLimits) -> Picture:
    """Describe a picture that can be decoded. Raises `LinkFailed` with the reason why it can't be kept."""
    if b"<svg" in content[:4096].lower():
        raise LinkFailed("svg_refused", "SVG is a document that may run scripts and load others; it is not kept")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is checked against our own limit
            return _decoded(Image.open(io.BytesIO(content), formats=FORMATS), limits)
    except UnidentifiedImageError:
        start = readable(content[:16])
        raise LinkFailed("not_an_image", f"the file starts with {start}, which is no image format") from None
    except Image.DecompressionBombError as error:
        raise LinkFailed("too_many_pixels", str(error)) from None
    except (LinkFailed, MemoryError):
        raise
    except Exception as error:
        reason = "truncated_image" if "truncated" in str(error) else "corrupt_image"
        raise LinkFailed(reason, str(error)) from None


def _decoded(image: Image.Image, limits: PictureLimits) -> Picture:
    limits.check_size(*image.size)
    frames = getattr(image, "n_frames", 1)
    limits.check_frames(frames)
    image.load()
    return Picture(str(image.format).lower(), *image.size, frames, image.has_transparency_data)
