"""Parts of pictures, and how they look. Taking a part of a fingerprint is a linear map."""

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from atlas_clustering.near_duplicates.fingerprints import SIDE, Greys

BARS = (0.05, 0.1, 0.14, 0.18, 0.22)  # shares of the height
CUT = 0.05  # share of the sides
MARGINS = (0, CUT, 2 * CUT)  # at the left, of what is cut by as much at the right, and above
OVERLAP = 1.5  # width of the stretches that are averaged, in steps from one to the next
FLAT = 2.0  # a part whose grey levels deviate less than this says nothing

Part = tuple[float, float, float, float]
"""Left, top, right and bottom edge, as shares of the sides."""
Floats = NDArray[np.float32]

WHOLE: Part = (0, 0, 1, 1)


@cache
def compared() -> tuple[tuple[Part, Part], ...]:
    """Parts of one picture and another: the whole with itself, with what a bar or a cut leaves, and what both leave."""
    cuts = [(left, top, left + 1 - 2 * CUT, top + 1 - 2 * CUT) for left in MARGINS for top in MARGINS]
    one_way = [(WHOLE, part) for part in (*_without_bars(BARS), *cuts)]
    for part in _without_bars(BARS[1::2]):
        one_way += [(_inner(WHOLE), part), (WHOLE, _inner(part))]
    return ((WHOLE, WHOLE), *one_way, *((other, one) for one, other in one_way))


def _without_bars(bars: Iterable[float]) -> Iterator[Part]:
    for bar in bars:
        yield from ((0.0, 0.0, 1.0, 1 - bar), (0.0, bar, 1.0, 1.0))


def _inner(part: Part) -> Part:
    """What a cut at each side leaves of it."""
    left, top, right, bottom = part
    across, down = CUT * (right - left), CUT * (bottom - top)
    return left + across, top + down, right - across, bottom - down


def vectors(pictures: Greys, parts: Floats, side: int) -> Floats:
    """A part of each picture, or one part of all, at side x side, as vectors of mean 0 and length 1; flat: 0.

    Of [..., 32, 32] and [..., 4], [..., side * side].
    """
    rows = _sampling(parts[..., 1], parts[..., 3], side)
    columns = _sampling(parts[..., 0], parts[..., 2], side)
    found = (rows @ pictures @ columns.swapaxes(-1, -2)).reshape(*pictures.shape[:-2], side * side)
    found -= found.mean(axis=-1, keepdims=True)
    lengths = np.linalg.norm(found, axis=-1, keepdims=True)
    return np.where(lengths > FLAT * side, found / np.maximum(lengths, 1e-6), 0).astype(np.float32)


def _sampling(start: Floats, end: Floats, side: int) -> Floats:
    """The matrices [..., side, 32] that average pixels over equal stretches from start to end, wider than their steps.

    What lies next to one another overlaps, so that a fit is not spoilt by where pixels happen to begin.
    """
    first, last = start[..., None] * SIDE, end[..., None] * SIDE
    step = (last - first) / side
    middles = first + step * np.arange(0.5, side, dtype=np.float32)
    lower = np.maximum(middles - step * OVERLAP / 2, first)
    upper = np.minimum(middles + step * OVERLAP / 2, last)
    pixels = np.arange(SIDE, dtype=np.float32)
    shared = np.minimum(upper[..., None], pixels + 1) - np.maximum(lower[..., None], pixels)
    return np.asarray(np.clip(shared, 0, None) / (upper - lower)[..., None], np.float32)
