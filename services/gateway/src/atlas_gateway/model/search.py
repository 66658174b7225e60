"""Search by picture."""

from atlas_gateway.model.images import Neighbours
from atlas_gateway.model.resource import Resource


class AlbumMatch(Resource):
    """An album that the picture would belong to."""

    album_id: str
    name: str | None
    distance: float
    strength: float
    """Membership from 0 (could be anywhere) to 1 (certain)."""


class SearchResult(Neighbours):
    """What looks like the picture sent."""

    albums: list[AlbumMatch]
    """Nearest albums of the published run; empty while there is none."""
