"""Copies of pictures as they go round: re-encoded, resized, cut, captioned, in another format, as a still."""

import io
import random
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

SMALLEST_SIDE = 16


def flattened(path: Path) -> Image.Image:
    """The first frame on white."""
    with Image.open(path) as image:
        rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    white.alpha_composite(rgba)
    return white.convert("RGB")


def copies(image: Image.Image, chance: random.Random, *, mirrored: bool) -> Iterator[tuple[str, bytes]]:
    """Kind and bytes of each copy; JPEG, PNG, WebP and GIF among them."""
    width, height = image.size
    yield "re-encoded", encoded(image, "JPEG", quality=chance.randint(30, 70))
    scale = chance.uniform(0.5, 2)
    size = (max(SMALLEST_SIDE, round(width * scale)), max(SMALLEST_SIDE, round(height * scale)))
    yield "resized", encoded(image.resize(size, Image.Resampling.LANCZOS), "PNG")
    yield "cut", encoded(cut(image, chance), "PNG")
    yield "captioned", encoded(captioned(image, chance), "JPEG", quality=85)
    yield "other format", encoded(image, "WEBP", quality=70)
    yield "still", encoded(image.convert("P", palette=Image.Palette.ADAPTIVE, colors=64), "GIF")
    if mirrored:
        yield "mirrored", encoded(ImageOps.mirror(image), "PNG")


def cut(image: Image.Image, chance: random.Random) -> Image.Image:
    """Without 5% of its width and height."""
    width, height = image.size
    across, down = int(width * 0.05), int(height * 0.05)
    left, top = chance.randint(0, across), chance.randint(0, down)
    return image.crop((left, top, left + width - across, top + height - down))


def captioned(image: Image.Image, chance: random.Random) -> Image.Image:
    """With a white bar and words in it, below or above."""
    width, height = image.size
    bar, above = int(height * chance.uniform(0.12, 0.3)), chance.random() < 0.3
    result = Image.new("RGB", (width, height + bar), "white")
    result.paste(image, (0, bar if above else 0))
    words = ImageDraw.Draw(result)
    place = (width * 0.1, (0 if above else height) + bar * 0.2)
    words.text(place, "me every monday", fill="black", font_size=max(8, int(bar * 0.6)))
    return result


def encoded(image: Image.Image, form: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
