"""Frames of an animation: those that stand for it, and all of them where they are few and small."""

import numpy as np
from PIL import Image

from atlas_embedding.model import Pixels
from atlas_embedding.pictures.sticker import Sticker
from atlas_embedding.pictures.still import to_colours
from atlas_embedding.pictures.tensor import is_blank
from atlas_embedding.settings import PictureSettings

DEFAULT_MILLISECONDS = 100


def read_animation(image: Image.Image, settings: PictureSettings) -> Sticker:
    """Its first frame that is not blank, the middle one and the last; an animation that breaks off ends there.

    Frames are read in order, since each is drawn over the one before it.
    """
    count = min(getattr(image, "n_frames", 1), settings.max_frames)
    whole = image.width * image.height * count <= settings.animated_pixels
    stills: list[Pixels] = []
    animation: list[Image.Image] = []
    durations: list[int] = []
    for index in range(count):
        chosen = not stills or index in (count // 2, count - 1)
        if not (chosen or whole):
            continue
        try:
            image.seek(index)
            frame = to_colours(image)
        except (OSError, EOFError):
            if index == 0:
                raise
            break
        if chosen and (stills or not is_blank(np.asarray(frame))):
            stills.append(np.asarray(frame))
        if whole:
            animation.append(frame)
            durations.append(int(image.info.get("duration") or DEFAULT_MILLISECONDS))
    return Sticker(tuple(stills) or (np.asarray(frame),), tuple(animation), tuple(durations))
