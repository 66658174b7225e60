"""A decoded sticker."""

from dataclasses import dataclass

from atlas_embedding.model import Pixels


@dataclass(frozen=True, slots=True)
class Sticker:
    """The stills that stand for a sticker, and its animation where that is small.

    stills: 1 to 3. animation: every frame, or none. durations: milliseconds of each frame of the animation.
    handy: walls can show the sticker itself, which is no larger than a thumbnail of it would be.
    """

    stills: tuple[Pixels, ...]
    animation: tuple[Pixels, ...] = ()
    durations: tuple[int, ...] = ()
    handy: bool = False
