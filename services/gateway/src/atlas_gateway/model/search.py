"""Search by picture."""

from atlas_gateway.model.images import Neighbours
from atlas_gateway.model.resource import Resource


class AlbumMatch(Resource):
    """An album that is near to the picture, which would belong to the nearest."""

    album_id: str
    name: str | None
    distance: float
    strength: float
    """Membership from 0, as near to another album, to 1; 0 for all but the nearest."""


class SearchResult(Neighbours):
    """What looks like the picture sent."""

    albums: list[AlbumMatch]
    """The nearest albums of the published run, nearest first; empty while there is none."""
