"""The whole way of one picture."""

import numpy as np

from atlas_embedding.model import Frames, Picture
from atlas_embedding.pictures.fingerprint import fingerprint
from atlas_embedding.pictures.read import read
from atlas_embedding.pictures.shrink import halved
from atlas_embedding.pictures.tensor import SIDE, on_white, tensor
from atlas_embedding.pictures.thumbnail import thumbnail
from atlas_embedding.settings import PictureSettings

PREPROCESSING = "p2"


def prepare(content: bytes, settings: PictureSettings, room: Frames | None = None) -> Picture:
    """The picture in `content`. Raises `InvalidInput`, with a reason, for what no picture can be made of.

    room: three frames of memory, in which those of the picture are to lie.
    """
    sticker = read(content, settings)
    stills = [halved(still, SIDE, SIDE) for still in sticker.stills]
    seen = [on_white(still) for still in stills]
    frames = tensor(seen, room)
    smaller = min(seen[0], frames[0], key=np.size)
    return Picture(frames, sticker.order, fingerprint(smaller, stills[0]), thumbnail(sticker, settings.thumbnail_side))
