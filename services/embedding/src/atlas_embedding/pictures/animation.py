"""Frames of an animation: those that stand for it, and all of them where they are few and small."""

import numpy as np
from PIL import Image

from atlas_embedding.model import Pixels
from atlas_embedding.pictures.sticker import Sticker
from atlas_embedding.pictures.still import read_frame
from atlas_embedding.pictures.tensor import is_blank
from atlas_embedding.settings import PictureSettings

DEFAULT_MILLISECONDS = 100


def read_animation(image: Image.Image, settings: PictureSettings, handy: bool) -> Sticker:
    """Its first frame that is not blank, the middle one and the last; an animation that breaks off ends there.

    Frames are read in order, since each is drawn over the one before it. A handy animation needs no thumbnail, and so
    not all of them.
    """
    count = min(getattr(image, "n_frames", 1), settings.max_frames)
    whole = not handy and image.width * image.height * count <= settings.animated_pixels
    stills: list[Pixels] = []
    order: list[int] = []
    animation: list[Pixels] = []
    durations: list[int] = []
    for index in range(count):
        chosen = not stills or index in (count // 2, count - 1)
        if not (chosen or whole):
            continue
        try:
            image.seek(index)
            frame = read_frame(image)
        except (OSError, EOFError):
            if index == 0:
                raise
            break
        if chosen and (stills or not is_blank(frame)):
            order.append(_find_or_add(frame, stills))
        if whole:
            animation.append(frame)
            durations.append(int(image.info.get("duration") or DEFAULT_MILLISECONDS))
    return Sticker(tuple(stills) or (frame,), tuple(order) or (0,), tuple(animation), tuple(durations), handy)


def _find_or_add(frame: Pixels, stills: list[Pixels]) -> int:
    """Where the frame is among the stills, of which it becomes one if it is new: what goes round ends as it began."""
    for place, still in enumerate(stills):
        if np.array_equal(frame, still):
            return place
    stills.append(frame)
    return len(stills) - 1
