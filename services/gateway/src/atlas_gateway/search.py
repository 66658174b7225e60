"""What looks like a picture: one of the stickers, or one that a person sends."""

from atlas_common.errors import Conflict, NotFound
from atlas_common.tables import Neighbour as Near

from atlas_gateway.library.features import Found
from atlas_gateway.model.images import Neighbour, Neighbours
from atlas_gateway.model.search import AlbumMatch, SearchResult
from atlas_gateway.parts import Parts
from atlas_gateway.remote.embedding import Embedded
from atlas_gateway.uploads import judged

ALBUMS = 5


async def alike(parts: Parts, sha256: str, limit: int) -> Neighbours:
    """Stickers that look like a stored one. Raises `NotFound` while it is not embedded."""
    atlas = parts.shelf.current
    model = atlas.model if atlas and atlas.model else await parts.services.embedding.model()
    found = await parts.library.features.near_image(model, sha256, limit)
    return Neighbours(model=found.model, space=found.space, neighbours=await _placed(parts, found))


async def by_picture(parts: Parts, content: bytes, limit: int) -> SearchResult:
    """Stickers and albums that look like a picture. Raises `InvalidUpload` for what is no picture."""
    with judged():
        embedded = await parts.services.embedding.embed(content)
    try:
        found = await parts.library.features.near_vectors(embedded.model, embedded.features, limit)
    except NotFound as error:
        raise Conflict(
            "no sticker is embedded yet, so nothing can look like this", reason="nothing_embedded"
        ) from error
    return SearchResult(
        model=found.model,
        space=found.space,
        neighbours=await _placed(parts, found),
        albums=await _matches(parts, embedded),
    )


async def _placed(parts: Parts, found: Found) -> list[Neighbour]:
    removed = parts.shelf.rulings.removed
    near: list[Near] = [one for one in found.neighbours if one.key not in removed]
    keys = [one.key for one in near]
    albums = await parts.library.stickers.albums_of(keys, parts.shelf.run_id)
    moving = await parts.library.moving.among(keys)
    return [
        Neighbour(sha256=one.key, animated=one.key in moving, distance=one.distance, album_id=albums.get(one.key))
        for one in near
    ]


async def _matches(parts: Parts, embedded: Embedded) -> list[AlbumMatch]:
    """No album while the atlas is of another model, which is so until the one that embeds is changed, too."""
    atlas = parts.shelf.current
    if atlas is None or atlas.model != embedded.model:
        return []
    names = {album.album_id: album.name for album in atlas.albums}
    return [
        AlbumMatch(
            album_id=match.album_id,
            name=names.get(match.album_id),
            distance=match.distance,
            strength=match.strength,
        )
        for match in await parts.services.clustering.nearest(embedded.features, ALBUMS)
    ]
