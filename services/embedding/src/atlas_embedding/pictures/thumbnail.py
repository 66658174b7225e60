"""Small WebP pictures for walls of stickers; small animations keep moving."""

import io

from PIL import Image

from atlas_embedding.pictures.sticker import Sticker

TINY = 96
LOSSLESS = {"lossless": True, "quality": 0, "method": 0}
"""For tiny pictures: as few bytes as lossy, in a third of the time."""
LOSSY = {"quality": 75, "method": 0}
WITHOUT_KEY_FRAMES = {"kmin": 0, "kmax": 0}


def thumbnail(sticker: Sticker, side: int) -> bytes:
    """WebP whose longer side is `side` pixels, or the sticker's own when that is less."""
    target = io.BytesIO()
    first, *rest = sticker.animation or [Image.fromarray(sticker.stills[0])]
    for image in (first, *rest):
        image.thumbnail((side, side), Image.Resampling.BILINEAR)
    options = LOSSLESS if max(first.size) <= TINY else LOSSY
    if rest:
        animation = {"append_images": rest, "duration": list(sticker.durations), **WITHOUT_KEY_FRAMES}
        first.save(target, "WEBP", save_all=True, loop=0, **animation, **options)
    else:
        first.save(target, "WEBP", **options)
    return target.getvalue()
