"""How a sticker looks at a glance; clustering tells near duplicates by it."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from atlas_embedding.model import Pixels

SIDE = 32


def fingerprint(seen: Pixels, still: Pixels) -> bytes:
    """In grey at 32 x 32, row by row: on white; then, if the picture is not opaque, on black.

    seen: the still on white, of any size. still: RGB, or premultiplied RGBA.
    """
    white = _small(cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY))
    if still.shape[2] == 3:
        return white.tobytes()
    clear = cv2.bitwise_not(_small(cv2.extractChannel(np.ascontiguousarray(still), 3)))
    return white.tobytes() + (cv2.subtract(white, clear).tobytes() if clear.any() else b"")


def _small(grey: NDArray[Any]) -> Pixels:
    return np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
