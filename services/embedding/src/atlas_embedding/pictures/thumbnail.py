"""Small WebP pictures for walls of stickers; small animations keep moving."""

import io

import cv2
from PIL import Image

from atlas_embedding.model import Pixels
from atlas_embedding.pictures.shrink import halved
from atlas_embedding.pictures.sticker import Sticker

TINY = 96
LOSSLESS = {"lossless": True, "quality": 0, "method": 0}
"""For tiny pictures: as few bytes as lossy, in a third of the time."""
LOSSY = {"quality": 75, "alpha_quality": 70, "method": 0}
WITHOUT_KEY_FRAMES = {"kmin": 0, "kmax": 0}


def thumbnail(sticker: Sticker, side: int) -> bytes | None:
    """WebP whose longer side is `side` pixels, or the sticker's own when that is less; None for a handy sticker."""
    if sticker.handy:
        return None
    target = io.BytesIO()
    first, *rest = (_shrunk(pixels, side) for pixels in sticker.animation or sticker.stills[:1])
    options = LOSSLESS if max(first.size) <= TINY else LOSSY
    if rest:
        animation = {"append_images": rest, "duration": list(sticker.durations), **WITHOUT_KEY_FRAMES}
        first.save(target, "WEBP", save_all=True, loop=0, **animation, **options)
    else:
        first.save(target, "WEBP", **options)
    return target.getvalue()


def _shrunk(pixels: Pixels, side: int) -> Image.Image:
    height, width, channels = pixels.shape
    scale = min(1, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(halved(pixels, *size), size, interpolation=cv2.INTER_LINEAR)
    return Image.fromarray(cv2.cvtColor(small, cv2.COLOR_mRGBA2RGBA) if channels == 4 else small)
