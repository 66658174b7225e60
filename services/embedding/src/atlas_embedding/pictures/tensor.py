"""The network's input: 299 x 299 RGB.

A picture is stretched to the square, as the network was trained, bilinearly; a large one is halved before.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from atlas_embedding.model import Frames, Pixels

SIDE = 299


def tensor(stills: Sequence[Pixels], room: Frames | None = None) -> Frames:
    """RGB pictures, less than twice as long and high, as the network takes them; in `room`, if there is one."""
    frames = np.empty((len(stills), SIDE, SIDE, 3), np.uint8) if room is None else room[: len(stills)]
    for still, frame in zip(stills, frames, strict=True):
        cv2.resize(still, (SIDE, SIDE), frame, interpolation=cv2.INTER_LINEAR)
    return frames


def on_white(pixels: Pixels) -> Pixels:
    """RGB of the pixels laid over white."""
    if pixels.shape[2] == 3:
        return pixels
    pixels = np.ascontiguousarray(pixels)
    white = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(pixels, 3)), cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.add(cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB), white), np.uint8)


def is_blank(pixels: Pixels) -> bool:
    """True when nothing can be seen: one flat colour."""
    seen = on_white(pixels)
    return bool((seen == seen[0, 0]).all())
