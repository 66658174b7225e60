"""What separates two albums: where their stickers lie on the line that joins the two centres.

Which of the two centres is nearer, and by how much, is told by the position on that line alone: for a row x and centres
at a distance D, |x - second|² - |x - first|² = D² (1 - 2 position).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from atlas_clustering.kmeans.blocks import Floats, Rows
from atlas_clustering.model import Members

START, STEP, BINS = -1.0, 0.1, 30
MIDDLE = 0.1
"""How far from the middle of the line a sticker may be to count as lying between the albums."""
TINY = 1e-12


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """Stickers of an album, and its centre (d,)."""

    album_id: str
    members: Members
    centre: Rows


@dataclass(frozen=True, slots=True)
class Spot:
    """A sticker, and its position on the line."""

    sha256: str
    position: float


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two albums.

    spread: root mean square distance of its stickers from its centre. between: stickers in the middle fifth of the
    line. beyond: those nearer to the other centre. histogram: stickers in each bin of the line; what lies past its ends
    is in the outer bins. typical, border: the stickers farthest from the other album, and nearest to it; none is both.
    """

    album_id: str
    stickers: int
    spread: float
    between: int
    beyond: int
    histogram: tuple[int, ...]
    typical: tuple[Spot, ...]
    border: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Separation:
    """Two albums. Positions are 0 at the centre of the first and 1 at that of the second.

    distance: between the centres. separation: the same in standard deviations along the line, which is d' (Green and
    Swets, "Signal detection theory", 1966); 0 where the albums have no width.
    """

    distance: float
    separation: float
    first: Side
    second: Side


def separate(first: Group, second: Group, limit: int) -> Separation:
    """Compare two albums, with at most `limit` stickers at each end of the line and at each side of the border."""
    line = second.centre.astype(np.float64) - first.centre
    length = float(np.linalg.norm(line))
    positions = [(group.members.rows - first.centre) @ line / max(length**2, TINY) for group in (first, second)]
    width = length * float(np.sqrt(np.mean([along.var() if len(along) else 0.0 for along in positions])))
    return Separation(
        distance=length,
        separation=length / width if width else 0.0,
        first=_side(first, positions[0], positions[0], limit),
        second=_side(second, positions[1], 1.0 - positions[1], limit),
    )


def _side(group: Group, positions: Floats, away: Floats, limit: int) -> Side:
    """away: how far each sticker is along the line from its own centre towards the other one."""
    order = np.argsort(away, kind="stable")
    half = (len(order) + 1) // 2
    bins = np.clip(((positions - START) / STEP).astype(int), 0, BINS - 1)
    squared = ((group.members.rows - group.centre) ** 2).sum(axis=1)
    return Side(
        album_id=group.album_id,
        stickers=len(group.members),
        spread=float(np.sqrt(squared.mean())) if len(squared) else 0.0,
        between=int((np.abs(away - 0.5) <= MIDDLE).sum()),
        beyond=int((away > 0.5).sum()),
        histogram=tuple(np.bincount(bins, minlength=BINS).tolist()),
        typical=_spots(group.members.ids, positions, order[:half][:limit]),
        border=_spots(group.members.ids, positions, order[half:][::-1][:limit]),
    )


def _spots(ids: Sequence[str], positions: Floats, which: np.ndarray) -> tuple[Spot, ...]:
    return tuple(Spot(ids[row], float(positions[row])) for row in which)
