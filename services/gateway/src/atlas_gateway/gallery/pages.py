"""Pages about stickers and albums."""

import base64
from typing import Annotated

from atlas_common.errors import AtlasError, NotFound
from fastapi import APIRouter, Query, Request, Response

from atlas_gateway import media, search, uploads
from atlas_gateway.beside import beside
from atlas_gateway.gallery.rendering import Show
from atlas_gateway.library.members import Which
from atlas_gateway.model.albums import Variant
from atlas_gateway.model.images import Neighbours
from atlas_gateway.model.resource import Sha256
from atlas_gateway.parts import Given, Parts
from atlas_gateway.problems import Gone

router = APIRouter(include_in_schema=False)

PAGE = 120
ALIKE = 18
BORDER = 12
SHOWN_AGAIN = 2 * 1024 * 1024
"""Bytes of a picture that a page about it carries at most."""


@router.get("/")
async def albums_page(parts: Given, show: Show, hidden: bool = False) -> Response:
    atlas = parts.shelf.current
    albums = atlas.shown(hidden) if atlas else []
    return show("albums.html", albums=albums, hidden=hidden, waiting=None if atlas else await _waiting(parts))


@router.get("/albums/{album_id}")
async def album_page(
    parts: Given,
    show: Show,
    album_id: str,
    variant: str | None = None,
    unfolded: bool = False,
    cursor: Annotated[str, Query()] = "",
) -> Response:
    atlas, album = parts.shelf.album(album_id)
    page = await parts.library.members.page(atlas.run_id, Which(album_id, variant, folded=not unfolded), PAGE, cursor)
    members = [member for member in page.items if atlas.rulings.keep(album_id, member.sha256)]
    return show(
        "album.html",
        album=album,
        variant=_variant(album.variants, variant),
        members=members,
        unfolded=unfolded,
        next_cursor=page.next_cursor,
        near=[(other, one.distance) for one in album.near if (other := atlas.album(one.album_id))],
        others=[other for other in atlas.shown() if other.album_id != album_id],
    )


@router.get("/albums/{album_id}/beside/{other_id}")
async def beside_page(parts: Given, show: Show, album_id: str, other_id: str) -> Response:
    comparison = await beside(parts, album_id, other_id, BORDER)
    albums = [parts.shelf.album(one)[1] for one in (album_id, other_id)]
    return show("beside.html", comparison=comparison, albums=albums)


@router.get("/outliers")
async def outliers_page(parts: Given, show: Show, cursor: Annotated[str, Query()] = "") -> Response:
    atlas = parts.shelf.current
    if atlas is None:
        return show("outliers.html", outliers=[], next_cursor=None)
    page = await parts.library.members.outliers(atlas.run_id, PAGE, cursor)
    outliers = [one for one in page.items if atlas.rulings.keep(one.album_id, one.sha256)]
    return show("outliers.html", outliers=outliers, next_cursor=page.next_cursor)


@router.get("/stickers/{sha256}")
async def sticker_page(parts: Given, show: Show, sha256: Sha256) -> Response:
    if sha256 in parts.shelf.rulings.removed:
        raise Gone("this sticker was taken down")
    sticker = await parts.library.stickers.detail(sha256, parts.shelf.run_id)
    atlas, place = parts.shelf.current, sticker.assignment
    album = atlas.album(place.album_id) if atlas and place and place.album_id else None
    taken_out = atlas is not None and album is not None and not atlas.rulings.keep(album.album_id, sha256)
    return show("sticker.html", sticker=sticker, album=album, taken_out=taken_out, alike=await _alike(parts, sha256))


@router.get("/map")
async def map_page(show: Show) -> Response:
    return show("map.html")


@router.get("/search")
async def search_page(show: Show) -> Response:
    return show("search.html", result=None)


@router.post("/search")
async def search_results_page(parts: Given, show: Show, request: Request) -> Response:
    upload = await uploads.uploaded(request)
    result = await search.by_picture(parts, upload.content, PAGE)
    walls = {album.album_id: album for album in parts.shelf.current.albums} if parts.shelf.current else {}
    return show("search.html", result=result, sent=_shown_again(upload.content), walls=walls)


def _shown_again(picture: bytes) -> str | None:
    """The picture as an address that holds all of it; None where the page would be too long, or it is no picture."""
    kind = media.media_type(picture) if len(picture) <= SHOWN_AGAIN else None
    return kind and f"data:{kind};base64,{base64.b64encode(picture).decode()}"


async def _alike(parts: Parts, sha256: str) -> Neighbours | None:
    """Neighbours, or None while they can't be told: the page is worth showing without."""
    try:
        return await search.alike(parts, sha256, ALIKE)
    except AtlasError:
        return None


async def _waiting(parts: Parts) -> int:
    """Stickers that wait for a first run."""
    return (await parts.library.counts.crawling()).stored


def _variant(variants: list[Variant], variant_id: str | None) -> Variant | None:
    if variant_id is None:
        return None
    for variant in variants:
        if variant.variant_id == variant_id:
            return variant
    raise NotFound(f"the album has no variant {variant_id}", reason="no_such_variant")
