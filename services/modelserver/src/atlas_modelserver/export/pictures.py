"""Pictures to calibrate a quantised model on."""

import random
from pathlib import Path

import numpy as np
from atlas_common.errors import InvalidInput
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

SUFFIXES = {".gif", ".jpeg", ".jpg", ".png", ".webp"}
SIZE = 299
FEWEST = 16


def sample_pictures(folder: Path, count: int = 300) -> NDArray[np.uint8]:
    """First frames of `count` pictures anywhere in `folder`: uint8 [count, 299, 299, 3].

    Files that hold no picture are left out. Raises `InvalidInput` for a folder with hardly any.
    """
    files = find_pictures(folder)
    chosen = random.Random(0).sample(files, min(count, len(files)))  # noqa: S311 a fair sample, not a secret
    pictures = [picture for file in chosen if (picture := read_picture(file)) is not None]
    if len(pictures) < FEWEST:
        raise InvalidInput(f"{folder} has {len(pictures)} pictures, fewer than {FEWEST}", reason="too_few_pictures")
    return np.stack(pictures)


def find_pictures(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES)


def read_picture(file: Path) -> NDArray[np.uint8] | None:
    """The first frame, transparent parts white: [299, 299, 3]; None where the file holds no picture."""
    try:
        with Image.open(file) as picture:
            rgba = picture.convert("RGBA").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    except (OSError, UnidentifiedImageError):
        return None
    return np.asarray(Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB"))
