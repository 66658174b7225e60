"""Albums of the published run."""

from typing import Annotated

from fastapi import APIRouter, Query

from atlas_gateway import cursors
from atlas_gateway.api.paging import Cursor, Limit
from atlas_gateway.beside import beside
from atlas_gateway.library.members import Which
from atlas_gateway.model.albums import Album, Member, Outlier, StickerMap
from atlas_gateway.model.beside import AlbumComparison
from atlas_gateway.model.resource import Page
from atlas_gateway.parts import Given

router = APIRouter(tags=["albums"])


@router.get("/albums", summary="List albums")
async def list_albums(
    parts: Given,
    limit: Limit = 50,
    cursor: Cursor = "",
    hidden: Annotated[bool, Query(description="Also those that people have hidden")] = False,
) -> Page[Album]:
    """Albums of the published run, the largest first; no items while no run is published."""
    atlas = parts.shelf.current
    albums = atlas.shown(hidden) if atlas else []
    if cursor:
        match cursors.decode(cursor, 2):
            case [float(size), str(last)]:
                albums = [album for album in albums if (-album.size, album.album_id) > (size, last)]
            case _:
                raise cursors.InvalidCursor
    page = albums[:limit]
    more = len(albums) > limit
    return Page(items=page, next_cursor=cursors.encode([-page[-1].size, page[-1].album_id]) if more else None)


@router.get("/albums/{album_id}", summary="One album")
async def get_album(parts: Given, album_id: str) -> Album:
    """An album with its variants."""
    return parts.shelf.album(album_id)[1]


@router.get("/albums/{album_id}/members", summary="Members of an album")
async def list_members(
    parts: Given,
    album_id: str,
    variant: Annotated[str | None, Query(description="Only members of this variant")] = None,
    fold: Annotated[bool, Query(description="Of near duplicates only the most typical")] = False,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[Member]:
    """Members, nearest to the centre first. Pages stay with the run that the first one was read from."""
    atlas, _ = parts.shelf.album(album_id)
    page = await parts.library.members.page(atlas.run_id, Which(album_id, variant, fold), limit, cursor)
    return page.model_copy(update={"items": [one for one in page.items if atlas.rulings.keep(album_id, one.sha256)]})


@router.get("/albums/{album_id}/beside/{other_id}", summary="What separates two albums")
async def get_beside(
    parts: Given,
    album_id: str,
    other_id: str,
    limit: Annotated[int, Query(ge=1, le=100, description="Stickers at each end and at each side")] = 12,
) -> AlbumComparison:
    """Where the stickers of two albums lie on the line that joins their centres: the ends, the border, and how many."""
    return await beside(parts, album_id, other_id, limit)


@router.get("/outliers", summary="Stickers that fit no album")
async def list_outliers(parts: Given, limit: Limit = 50, cursor: Cursor = "") -> Page[Outlier]:
    """Outliers of the published run, the farthest first, each with the album that it is nearest to."""
    atlas = parts.shelf.require()
    page = await parts.library.members.outliers(atlas.run_id, limit, cursor)
    return page.model_copy(
        update={"items": [one for one in page.items if atlas.rulings.keep(one.album_id, one.sha256)]}
    )


@router.get("/map", summary="The stickers in two dimensions")
async def get_map(
    parts: Given, limit: Annotated[int, Query(ge=1, le=50_000, description="Points at most")] = 5000
) -> StickerMap:
    """Points of the published run; an even sample where there are more than `limit`."""
    atlas = parts.shelf.require()
    points, complete = await parts.library.members.places(atlas.run_id, limit)
    shown = [point for point in points if atlas.rulings.keep(point.album_id, point.sha256)]
    names = {album.album_id: album.name for album in atlas.albums if album.name}
    return StickerMap(run_id=atlas.run_id, complete=complete, names=names, points=shown)
