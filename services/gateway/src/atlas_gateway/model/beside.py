"""Two albums beside each other."""

from atlas_gateway.model.images import Tile
from atlas_gateway.model.resource import Resource


class LineTile(Tile):
    """A sticker on the line that joins two centres."""

    position: float
    """0 at the centre of the first album, 1 at that of the second; it may lie past either."""


class AlbumSide(Resource):
    """One of two albums that are compared, without its outliers and near duplicates; a large one is sampled."""

    album_id: str
    name: str | None
    stickers: int
    spread: float
    """Root mean square distance of its stickers from its centre."""
    between: int
    """Stickers in the middle fifth of the line."""
    beyond: int
    """Stickers that are nearer to the other centre."""
    histogram: list[int]
    """Stickers along the line; the outer bins hold what lies beyond them, too."""
    typical: list[LineTile]
    """The stickers farthest from the other album, farthest first."""
    border: list[LineTile]
    """The stickers nearest to the other album, nearest first."""


class AlbumComparison(Resource):
    """What separates two albums: where their stickers lie on the line that joins the two centres."""

    run_id: str
    distance: float
    """Between the centres, in the space of the run."""
    separation: float
    """The same in standard deviations of the albums along the line (d′)."""
    first: AlbumSide
    second: AlbumSide
    histogram_start: float
    """Where on the line the first bin of the histograms begins."""
    histogram_step: float
