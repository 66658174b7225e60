"""Small WebP pictures for walls of stickers; small animations keep moving."""

import io

from PIL import Image

from atlas_embedding.model import Pixels
from atlas_embedding.pictures.sticker import Sticker

FASTEST = {"method": 0, "quality": 75}


def thumbnail(sticker: Sticker, side: int) -> bytes:
    """WebP whose longer side is `side` pixels, or the sticker's own when that is less."""
    target = io.BytesIO()
    if len(sticker.animation) > 1:
        first, *rest = (_small(frame, side) for frame in sticker.animation)
        durations = list(sticker.durations)
        first.save(target, "WEBP", save_all=True, append_images=rest, duration=durations, loop=0, **FASTEST)
    else:
        _small(sticker.stills[0], side).save(target, "WEBP", **FASTEST)
    return target.getvalue()


def _small(pixels: Pixels, side: int) -> Image.Image:
    image = Image.fromarray(pixels)
    image.thumbnail((side, side), Image.Resampling.BILINEAR)
    return image
