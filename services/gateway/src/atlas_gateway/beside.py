"""What separates two albums of the published run."""

from collections.abc import Iterable, Set

from atlas.clustering.v1 import clustering_pb2 as pb
from atlas_common.errors import InvalidInput

from atlas_gateway.atlas import Atlas
from atlas_gateway.model.albums import Album
from atlas_gateway.model.beside import AlbumComparison, AlbumSide, LineTile
from atlas_gateway.parts import Parts


async def beside(parts: Parts, album_id: str, other_id: str, limit: int) -> AlbumComparison:
    """Two albums, with at most `limit` stickers at each end of the line and at each side of the border.

    Raises `NotFound` for an album that is not there, `InvalidInput` for an album beside itself.
    """
    atlas, album = parts.shelf.album(album_id)
    other = parts.shelf.album(other_id)[1]
    if album_id == other_id:
        raise InvalidInput("an album is not separate from itself: name another one", reason="same_album")
    found = await parts.services.clustering.beside(album_id, other_id, limit)
    sides = found.first, found.second
    shown = (spot.sha256 for side in sides for spot in (*side.typical, *side.border))
    moving = await parts.library.moving.among(shown)
    first, second = (_side(atlas, one, side, moving) for one, side in zip((album, other), sides, strict=True))
    return AlbumComparison(
        run_id=found.run_id,
        distance=found.distance,
        separation=found.separation,
        first=first,
        second=second,
        histogram_start=found.histogram_start,
        histogram_step=found.histogram_step,
    )


def _side(atlas: Atlas, album: Album, side: pb.AlbumSide, moving: Set[str]) -> AlbumSide:
    def tiles(spots: Iterable[pb.LinePosition]) -> list[LineTile]:
        return [
            LineTile(sha256=spot.sha256, animated=spot.sha256 in moving, position=spot.position)
            for spot in spots
            if atlas.rulings.keep(album.album_id, spot.sha256)
        ]

    return AlbumSide(
        album_id=album.album_id,
        name=album.name,
        stickers=side.stickers,
        spread=side.spread,
        between=side.between,
        beyond=side.beyond,
        histogram=list(side.histogram),
        typical=tiles(side.typical),
        border=tiles(side.border),
    )
