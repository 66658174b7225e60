"""How surely each sticker belongs to its album."""

from dataclasses import dataclass

import numpy as np

from atlas_clustering.kmeans.blocks import BLOCK_ROWS, Labels, Rows
from atlas_clustering.kmeans.nearest import squared_distances

FAR = 3.5
"""Robust standard deviations beyond which a distance is unusual: Iglewicz and Hoaglin (1993)."""
TINY = np.float32(1e-9)
MAD = 1.4826
"""A median absolute deviation in standard deviations of a normal distribution."""


@dataclass(frozen=True, eq=False, slots=True)
class Belonging:
    """Of each row: its variant, the distance to that one's centre, and to the nearest centre of another album."""

    variants: Labels
    distances: Rows
    others: Rows

    @property
    def margins(self) -> Rows:
        """How much farther the nearest other album is; infinite where there is none."""
        return self.others - self.distances

    @property
    def strengths(self) -> Rows:
        """1: at the centre, or in the only album; 0: as near to another album, or nearer."""
        nearness = (self.distances / np.maximum(self.others, TINY)) ** 2
        return np.clip((1.0 - nearness) / (1.0 + nearness), 0.0, 1.0)


def belonging(rows: Rows, centres: Rows, album_of: Labels, albums: Labels | None = None) -> Belonging:
    """Compare rows with the centres of all variants, inside `albums` (n,) where known, else the nearest album."""
    parts = [slice(start, start + BLOCK_ROWS) for start in range(0, max(len(rows), 1), BLOCK_ROWS)]
    found = [_compare(rows[part], centres, album_of, None if albums is None else albums[part]) for part in parts]
    return Belonging(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _compare(rows: Rows, centres: Rows, album_of: Labels, albums: Labels | None) -> tuple[Labels, Rows, Rows]:
    distances = np.sqrt(squared_distances(rows, centres))
    own = album_of[distances.argmin(axis=1)] if albums is None else albums
    inside = album_of[None, :] == own[:, None]
    within = np.where(inside, distances, np.inf)
    others = np.where(inside, np.inf, distances).min(axis=1)
    return within.argmin(axis=1).astype(np.int32), within.min(axis=1), others


def radii(distances: Rows, albums: Labels) -> Rows:
    """For each album the distance beyond which a sticker is an outlier (k,).

    Unusual for this album, and for albums altogether: a tight album has no outliers for being tight.
    """
    usual = _bound(distances)
    return np.array(
        [max(_bound(distances[albums == album]), usual) for album in range(int(albums.max()) + 1)], np.float32
    )


def _bound(distances: Rows) -> float:
    middle = np.median(distances)
    return float(middle + FAR * MAD * np.median(np.abs(distances - middle)))


def finite(value: float) -> float | None:
    """A number that can be written down."""
    return float(value) if np.isfinite(value) else None
