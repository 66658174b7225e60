"""Files to take away."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from atlas_common.errors import NotFound
from atlas_common.store import image_key
from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from atlas_gateway import exports
from atlas_gateway.atlas import Atlas
from atlas_gateway.library.members import Which
from atlas_gateway.library.reports import EXPORTED
from atlas_gateway.parts import Given, Parts

router = APIRouter(prefix="/exports", tags=["exports"])

PAGE = 200


def _file(kind: str, what: str) -> dict[int | str, dict[str, object]]:
    return {200: {"content": {kind: {}}, "description": what}}


@router.get(
    "/assignments.csv",
    response_class=StreamingResponse,
    responses=_file("text/csv", "A line a sticker"),
    summary="Assignments as CSV",
)
async def export_csv(parts: Given) -> StreamingResponse:
    """Every assignment of the published run, outliers too."""
    stream = exports.in_blocks(exports.as_csv(_assignments(parts), EXPORTED))
    return StreamingResponse(stream, media_type="text/csv", headers=_save_as("assignments.csv"))


@router.get(
    "/assignments.json",
    response_class=StreamingResponse,
    responses=_file("application/json", "An item a sticker"),
    summary="Assignments as JSON",
)
async def export_json(parts: Given) -> StreamingResponse:
    """Every assignment of the published run, outliers too."""
    stream = exports.in_blocks(exports.as_json(_assignments(parts)))
    return StreamingResponse(stream, media_type="application/json", headers=_save_as("assignments.json"))


@router.get(
    "/albums/{album_id}.zip",
    response_class=StreamingResponse,
    responses=_file("application/zip", "The stickers, named by their SHA-256"),
    summary="The stickers of an album",
)
async def export_album(parts: Given, album_id: str) -> StreamingResponse:
    """A zip archive of an album's members as they were found."""
    atlas, album = parts.shelf.album(album_id)
    stream = _archive(parts, atlas, album.album_id)
    return StreamingResponse(stream, media_type="application/zip", headers=_save_as("album.zip"))


def _assignments(parts: Parts) -> Iterator[dict[str, Any]]:
    atlas = parts.shelf.require()
    rows = parts.library.reports.assignments(atlas.run_id)
    return (row for row in rows if atlas.rulings.keep(row["album_id"], row["sha256"]))


async def _archive(parts: Parts, atlas: Atlas, album_id: str) -> AsyncIterator[bytes]:
    archive = exports.ZipWriter()
    async for sha256 in _members(parts, atlas, album_id):
        try:
            content = await parts.objects.get(image_key(sha256))
        except NotFound:  # taken down while the archive was being written
            continue
        yield archive.add(sha256, content)
    yield archive.close()


async def _members(parts: Parts, atlas: Atlas, album_id: str) -> AsyncIterator[str]:
    cursor: str | None = ""
    while cursor is not None:
        page = await parts.library.members.page(atlas.run_id, Which(album_id), PAGE, cursor)
        for member in page.items:
            if atlas.rulings.keep(album_id, member.sha256):
                yield member.sha256
        cursor = page.next_cursor


def _save_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
