"""Stickers: what is known of each, and where it was seen."""

from datetime import datetime

from atlas_gateway.model.resource import Resource


class Tile(Resource):
    """A sticker on a wall."""

    sha256: str
    animated: bool


class Image(Resource):
    """A sticker in the bucket, named by the SHA-256 of its bytes."""

    sha256: str
    bytes: int
    format: str
    """What the bytes are, whatever the file was called: `gif`, `png`, `jpeg`, `webp`, …"""
    width: int
    height: int
    frames: int
    alpha: bool
    stored_at: datetime


class Sighting(Resource):
    """One place where a sticker was found."""

    crawl_id: str
    url: str
    page_url: str | None
    title: str | None
    author: str | None
    seen_at: datetime


class Assignment(Resource):
    """Why a sticker is where it is in the published run."""

    run_id: str
    album_id: str | None
    variant_id: str | None
    distance: float | None
    """To the nearest variant of its album, in the space of the run."""
    margin: float | None
    """How much farther the nearest variant of another album is; negative where that one is nearer."""
    strength: float | None
    """Membership from 0, as near to another album, to 1."""
    outlier: bool
    late: bool
    """Arrived after the run, and was assigned to its centres."""


class ImageDetail(Image):
    """All that is known of a sticker."""

    sightings: list[Sighting]
    assignment: Assignment | None
    """Null until the sticker is embedded and a run is published."""


class StoredImage(Resource):
    """What became of an upload."""

    sha256: str
    duplicate: bool
    """The same bytes were stored before."""


class Neighbour(Tile):
    """A sticker that looks alike."""

    distance: float
    """Cosine distance between features: 0 for the same direction."""
    album_id: str | None


class Neighbours(Resource):
    """Stickers nearest to one, nearest first."""

    model: str
    space: str
    """Which of the model's outputs was compared."""
    neighbours: list[Neighbour]
