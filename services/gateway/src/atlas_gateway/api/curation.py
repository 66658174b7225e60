"""Decisions of people about albums, and takedowns."""

import asyncio

from atlas_common.store import image_key, thumbnail_key
from fastapi import APIRouter

from atlas_gateway.access import may_write
from atlas_gateway.api.paging import Cursor, Limit
from atlas_gateway.merging import refuse_divided
from atlas_gateway.model.curation import Decision, NewDecision, NewTakedown, Takedown, TakenDown
from atlas_gateway.model.resource import Page
from atlas_gateway.parts import Given, Parts

router = APIRouter(tags=["curation"])


@router.post("/curation", status_code=201, dependencies=[may_write], summary="Decide about an album")
async def decide(parts: Given, new: NewDecision) -> Decision:
    """Records a decision. Names, hiding and exclusions show at once; the next run respects everything that stands."""
    await parts.shelf.refresh()  # which may just have become another run's
    for album_id in new.albums_meant():
        parts.shelf.album(album_id)
    if new.kind == "merge":
        await refuse_divided(parts, new.albums_meant())
    decision = await asyncio.to_thread(parts.library.curation.record, new)
    await _show(parts)
    return decision


@router.get("/curation", summary="List decisions")
async def list_decisions(parts: Given, limit: Limit = 50, cursor: Cursor = "") -> Page[Decision]:
    """Decisions, the newest first, those that were revoked too."""
    return await parts.library.curation.page(limit, cursor)


@router.post("/takedowns", status_code=201, dependencies=[may_write], summary="Take something down")
async def take_down(parts: Given, new: NewTakedown) -> TakenDown:
    """Removes a sticker, or what was seen at a URL or site and nowhere else, and keeps it from coming back."""
    takedown, removed = await asyncio.to_thread(parts.library.takedowns.record, new)
    await _show(parts)  # first, so that nobody is shown it even where the bucket fails to remove it at once
    for sha256 in removed:
        await parts.objects.remove(image_key(sha256))
        await parts.objects.remove(thumbnail_key(sha256))
    return TakenDown(**takedown.model_dump(), stickers=len(removed))


@router.get("/takedowns", summary="List takedowns")
async def list_takedowns(parts: Given, limit: Limit = 50, cursor: Cursor = "") -> Page[Takedown]:
    """Takedowns, the newest first."""
    return await parts.library.takedowns.page(limit, cursor)


async def _show(parts: Parts) -> None:
    """Serve what was just decided, and have the other replicas do so too."""
    await parts.shelf.refresh()
    await parts.bulletin.announce()
