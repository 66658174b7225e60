"""A decoded sticker."""

from dataclasses import dataclass

from PIL import Image

from atlas_embedding.model import Pixels


@dataclass(frozen=True, slots=True)
class Sticker:
    """The stills that stand for a sticker, and its animation where that is small.

    stills: 1 to 3. animation: every frame, or none. durations: milliseconds of each frame of the animation.
    """

    stills: tuple[Pixels, ...]
    animation: tuple[Image.Image, ...] = ()
    durations: tuple[int, ...] = ()
