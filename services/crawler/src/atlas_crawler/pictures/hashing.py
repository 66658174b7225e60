"""Perceptual hashes: from a picture in grey, what stays the same when it is encoded anew or resized."""

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 32
KEPT = 8

Grey = NDArray[np.uint8]


def fingerprint(grey: Grey) -> Grey:
    """The picture at 32 x 32; clustering compares these, and bears caption bars and cut margins too."""
    return np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def phash(small: Grey) -> int:
    """The 64-bit DCT hash of a fingerprint, as a signed integer.

    The lowest 8 x 8 frequencies, each compared with their median
    (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010).
    """
    low = cv2.dct(small.astype(np.float32))[:KEPT, :KEPT]
    bits = np.packbits(low > np.median(low))
    return int.from_bytes(bits.tobytes(), "big", signed=True)
