"""A decoded sticker."""

from dataclasses import dataclass

from atlas_embedding.model import Pixels
from atlas_embedding.settings import PictureSettings


@dataclass(frozen=True, slots=True)
class Sticker:
    """The stills that stand for a sticker, and its animation where that is small.

    stills: 1 to 3, all different. order: which of them its first frame is, its middle one and its last.
    animation: every frame, or none. durations: milliseconds of each frame of the animation.
    handy: walls can show the sticker itself, which is no larger than a thumbnail of it would be.
    """

    stills: tuple[Pixels, ...]
    order: tuple[int, ...] = (0,)
    animation: tuple[Pixels, ...] = ()
    durations: tuple[int, ...] = ()
    handy: bool = False


def is_handy(size: tuple[int, int], content: bytes, settings: PictureSettings) -> bool:
    """Whether a picture of this width and height does as its own thumbnail, where browsers show its format."""
    return max(size) <= settings.thumbnail_side and len(content) <= settings.thumbnail_bytes
