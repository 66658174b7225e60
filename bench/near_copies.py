"""Copies of pictures as they go round: each way of changing them by itself, and several after one another."""

import io
import random
from collections.abc import Iterator

from PIL import Image, ImageDraw, ImageOps

SMALLEST_SIDE = 16
MIRRORED = "mirrored"
CUT = 0.05
WORDS = ("me", "every", "monday", "when", "you", "open", "the fridge", "again", "nobody", "asked", "but", "here we go")
FILTERS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)


def copies(image: Image.Image, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Kind and bytes of each copy of an RGBA picture."""
    yield "re-encoded as JPEG", jpeg(image, chance)
    yield "resized", encoded(resized(image, chance), "PNG")
    yield "cut", encoded(cut(image), "PNG")
    yield "captioned", encoded(captioned(image, chance), "PNG")
    yield "WebP", webp(image, chance)
    yield "still GIF", gif(image, chance)
    yield "JPEG on black", jpeg(image, chance, "black")
    yield "captioned, resized, JPEG", jpeg(resized(captioned(image, chance), chance), chance)
    yield "cut, resized, JPEG", jpeg(resized(cut(image), chance), chance)
    yield "cut, captioned, WebP", webp(captioned(cut(image), chance), chance)
    yield "cut, resized, GIF", gif(resized(cut(image), chance), chance)
    yield "cut, JPEG on black", jpeg(cut(image), chance, "black")
    yield MIRRORED, encoded(ImageOps.mirror(image), "PNG")
    yield f"{MIRRORED}, cut, JPEG", jpeg(ImageOps.mirror(cut(image)), chance)


def resized(image: Image.Image, chance: random.Random) -> Image.Image:
    """Half to twice as large."""
    scale = chance.uniform(0.5, 2)
    width, height = (max(SMALLEST_SIDE, round(side * scale)) for side in image.size)
    return image.resize((width, height), chance.choice(FILTERS))


def cut(image: Image.Image) -> Image.Image:
    """Without 5% at each side."""
    across, down = (round(side * CUT) for side in image.size)
    return image.crop((across, down, image.width - across, image.height - down))


def captioned(image: Image.Image, chance: random.Random) -> Image.Image:
    """On white, with a bar of 12 to 30% of its height and three words in it, below or above."""
    width, height = image.size
    bar, above = max(8, int(height * chance.uniform(0.12, 0.3))), chance.random() < 0.5
    ground, ink = chance.choice([("white", "black"), ("black", "white")])
    result = Image.new("RGB", (width, height + bar), ground)
    result.paste(laid_on("white", image), (0, bar if above else 0))
    text = " ".join(chance.sample(WORDS, 3))
    place = (width / 2, (0 if above else height) + bar / 2)
    size = max(6, min(int(bar * 0.7), 2 * width // len(text)))
    ImageDraw.Draw(result).text(place, text, fill=ink, font_size=size, anchor="mm")
    return result.convert("RGBA")


def laid_on(ground: str, image: Image.Image) -> Image.Image:
    below = Image.new("RGBA", image.size, ground)
    below.alpha_composite(image)
    return below.convert("RGB")


def jpeg(image: Image.Image, chance: random.Random, ground: str = "white") -> bytes:
    return encoded(laid_on(ground, image), "JPEG", quality=chance.randint(20, 50))


def webp(image: Image.Image, chance: random.Random) -> bytes:
    return encoded(laid_on("white", image), "WEBP", quality=chance.randint(20, 50))


def gif(image: Image.Image, chance: random.Random) -> bytes:
    return encoded(laid_on("white", image).quantize(chance.choice([16, 32, 64])), "GIF")


def encoded(image: Image.Image, form: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
