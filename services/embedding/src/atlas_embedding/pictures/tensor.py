"""The network's input: 299 x 299 RGB, transparent parts white.

A picture is stretched to the square, as the network was trained, by bilinear interpolation with antialiasing (a
triangle filter as wide as the step between output pixels). Pillow's BILINEAR defines it; where nothing shrinks,
OpenCV's bit-exact INTER_LINEAR_EXACT computes the same, to one level of 255, in a fraction of the time.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from atlas_embedding.model import Frames, Pixels

SIDE = 299


def tensor(stills: Sequence[Pixels]) -> Frames:
    return np.stack([_resize(on_white(still)) for still in stills])


def on_white(pixels: Pixels) -> Pixels:
    """RGB of the pixels laid over white."""
    if pixels.shape[2] == 3:
        return pixels
    colour, alpha = np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3])
    weight = cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.add(cv2.multiply(colour, weight, scale=1 / 255), cv2.bitwise_not(weight)), np.uint8)


def is_blank(pixels: Pixels) -> bool:
    """True when nothing can be seen: one flat colour."""
    seen = on_white(pixels)
    return bool((seen == seen[0, 0]).all())


def _resize(pixels: Pixels) -> Pixels:
    height, width, _ = pixels.shape
    if max(height, width) <= SIDE:
        pixels = np.ascontiguousarray(pixels)
        return np.asarray(cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR_EXACT), np.uint8)
    return np.asarray(Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BILINEAR))
