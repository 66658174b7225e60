"""Stickers: upload them, and read what is known of each."""

from typing import Annotated, Any

from atlas_common.errors import NotFound
from atlas_common.store import image_key, thumbnail_key
from fastapi import APIRouter, Path, Query, Request, Response

from atlas_gateway import media, search, uploads
from atlas_gateway.access import may_write
from atlas_gateway.api.paging import Cursor, Limit
from atlas_gateway.model.images import Image, ImageDetail, Neighbours, StoredImage
from atlas_gateway.model.resource import Page, Sha256
from atlas_gateway.parts import Given, Parts
from atlas_gateway.problems import Gone

router = APIRouter(prefix="/images", tags=["images"])

Name = Annotated[Sha256, Path(description="SHA-256 of the sticker's bytes, in hexadecimal")]
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/*": {}}, "description": "The bytes"},
    304: {"description": "The client has it"},
}


@router.post("", status_code=201, dependencies=[may_write], openapi_extra=uploads.BODY, summary="Upload a sticker")
async def upload_image(parts: Given, request: Request, response: Response) -> StoredImage:
    """Stores a picture as it is. It is embedded, and assigned to an album of the published run, soon after."""
    upload = await uploads.uploaded(request)
    with uploads.judged():
        stored = await parts.services.crawler.store(upload.content, upload.name)
    response.status_code = 200 if stored.duplicate else 201
    response.headers["Location"] = f"/v1/images/{stored.sha256}"
    return stored


@router.get("", summary="List stickers")
async def list_images(parts: Given, limit: Limit = 50, cursor: Cursor = "") -> Page[Image]:
    """Stickers, the newest first."""
    page = await parts.library.stickers.page(limit, cursor)
    removed = parts.shelf.rulings.removed
    return page.model_copy(update={"items": [image for image in page.items if image.sha256 not in removed]})


@router.get("/{sha256}", summary="One sticker")
async def get_image(parts: Given, sha256: Name) -> ImageDetail:
    """What is known of a sticker: where it was seen, and where it belongs."""
    _refuse_removed(parts, sha256)
    return await parts.library.stickers.detail(sha256, parts.shelf.run_id)


@router.get("/{sha256}/content", responses=PICTURE, response_class=Response, summary="The sticker itself")
async def get_content(parts: Given, request: Request, sha256: Name) -> Response:
    """The bytes as they were found, animation and all. They never change, so caches may keep them."""
    _refuse_removed(parts, sha256)
    if media.known(request, sha256):
        return media.not_modified(sha256)
    return media.picture(sha256, await parts.objects.get(image_key(sha256)))


@router.get("/{sha256}/thumbnail", responses=PICTURE, response_class=Response, summary="A small picture of the sticker")
async def get_thumbnail(parts: Given, request: Request, sha256: Name) -> Response:
    """Small WebP, which moves where there is little to move; the sticker itself while there is none, or no need."""
    _refuse_removed(parts, sha256)
    if media.known(request, sha256):
        return media.not_modified(sha256)
    try:
        return media.picture(sha256, await parts.objects.get(thumbnail_key(sha256)))
    except NotFound:
        return media.stand_in(sha256, await parts.objects.get(image_key(sha256)))


@router.get("/{sha256}/neighbours", summary="Stickers that look alike")
async def list_neighbours(parts: Given, sha256: Name, limit: Annotated[int, Query(ge=1, le=100)] = 24) -> Neighbours:
    """The stickers whose features are nearest, nearest first."""
    _refuse_removed(parts, sha256)
    return await search.alike(parts, sha256, limit)


def _refuse_removed(parts: Parts, sha256: str) -> None:
    if sha256 in parts.shelf.rulings.removed:
        raise Gone(f"sticker {sha256} was taken down")
