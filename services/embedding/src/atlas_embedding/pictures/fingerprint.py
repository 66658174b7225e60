"""How a sticker looks at a glance; clustering tells near duplicates by it."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from atlas_embedding.model import Pixels

SIDE = 32
LARGE = 128 * 128
"""From so many pixels on sums over all that lies above and to the left are faster than going through each area."""


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
    """Means over the areas of a 32 x 32 grid, whose lines may cross pixels."""
    if grey.size < LARGE:
        return np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    sums = _between_lines(_between_lines(cv2.integral(grey)).T).T
    return np.asarray(cv2.convertScaleAbs(sums, alpha=SIDE * SIDE / grey.size), np.uint8)


def _between_lines(running: NDArray[Any]) -> NDArray[Any]:
    """Sums of the rows between the grid's lines, of which each row where a line crosses it gives its part."""
    whole, crossed = np.divmod(np.arange(SIDE + 1) * (len(running) - 1), SIDE)
    above = running.take(whole, axis=0)
    below = running.take(whole + 1, axis=0, mode="clip")
    at_lines = above + (below - above) * (crossed / SIDE)[:, np.newaxis]
    return np.asarray(at_lines[1:] - at_lines[:-1])
