"""Albums of the published run."""

from atlas_gateway.model.images import Tile
from atlas_gateway.model.resource import Resource


class Variant(Resource):
    """Stickers within an album that are more alike still, e.g. one template with many captions."""

    variant_id: str
    name: str | None
    size: int
    medoid: str | None
    wall: list[Tile]
    """The members nearest to the centre, nearest first."""


class NearAlbum(Resource):
    """An album that lies near another one."""

    album_id: str
    distance: float
    """Between the two centres, in the space of the run."""


class Album(Resource):
    """Stickers that belong together."""

    album_id: str
    """Stays the same from run to run as long as most members do."""
    name: str | None
    """Given by a person, or suggested by the run."""
    size: int
    medoid: str | None
    """SHA-256 of the member nearest to all others."""
    radius: float | None
    wall: list[Tile]
    """The members nearest to the centre, nearest first."""
    variants: list[Variant]
    near: list[NearAlbum]
    """The albums whose centres are nearest, nearest first, without hidden ones."""
    hidden: bool


class Member(Tile):
    """A sticker as a member of an album."""

    variant_id: str | None
    distance: float | None
    margin: float | None
    strength: float | None
    late: bool
    copy_of: str | None
    """A more typical near duplicate, if there is one."""
    copies: int = 0
    """Near duplicates that this one stands for."""


class Outlier(Member):
    """A sticker that fits no album well, with the one it is nearest to."""

    album_id: str | None


class MapPoint(Resource):
    """Where a sticker lies on the map."""

    sha256: str
    album_id: str | None
    x: float
    y: float
    outlier: bool


class StickerMap(Resource):
    """The stickers of the published run in two dimensions: close together means alike."""

    run_id: str
    complete: bool
    """False when the points are a uniform sample."""
    names: dict[str, str]
    """Of the albums that have one, by id."""
    points: list[MapPoint]
