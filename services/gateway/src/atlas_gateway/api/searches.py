"""Search by picture."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from atlas_gateway import search, uploads
from atlas_gateway.model.search import SearchResult
from atlas_gateway.parts import Given

router = APIRouter(tags=["search"])


@router.post("/search", openapi_extra=uploads.BODY, summary="Search by picture")
async def search_by_picture(
    parts: Given, request: Request, limit: Annotated[int, Query(ge=1, le=100)] = 24
) -> SearchResult:
    """Stickers that look like the picture sent, and the albums that it would belong to. The picture is not stored."""
    upload = await uploads.uploaded(request)
    return await search.by_picture(parts, upload.content, limit)
