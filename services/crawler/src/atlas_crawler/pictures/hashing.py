"""A perceptual hash: pictures that look alike get hashes that differ in few bits."""

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 32
KEPT = 8


def phash(grey: NDArray[np.uint8]) -> int:
    """The 64-bit DCT hash of a grey picture [height, width], as a signed integer.

    The lowest 8 x 8 frequencies of the picture at 32 x 32, each compared with their median
    (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010).
    """
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:KEPT, :KEPT]
    bits = np.packbits(low > np.median(low))
    return int.from_bytes(bits.tobytes(), "big", signed=True)
