"""Small pictures made on the spot."""

import io

import numpy as np
from PIL import Image


def picture(seed: int = 0, size: tuple[int, int] = (64, 48), form: str = "PNG", **options: object) -> bytes:
    """A picture whose pixels follow from its seed."""
    noise = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    return encoded(Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC), form, **options)


def animation(frames: int, form: str = "GIF", size: tuple[int, int] = (32, 32)) -> bytes:
    """An animation of differently coloured frames."""
    stills = [Image.new("RGB", size, (n * 37 % 256, n * 91 % 256, n * 53 % 256)) for n in range(frames)]
    return encoded(stills[0], form, save_all=True, append_images=stills[1:], duration=40)


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
