"""How a sticker looks at a glance; clustering tells near duplicates by it."""

import cv2

from atlas_embedding.model import Pixels

SIDE = 32


def fingerprint(pixels: Pixels) -> bytes:
    """An RGB picture in grey at 32 x 32, row by row."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).tobytes()
