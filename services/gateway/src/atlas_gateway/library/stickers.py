"""Stickers: tables `images` and `sightings`, and their assignments in the published run."""

import asyncio
from typing import Any

from atlas_common.errors import NotFound
from atlas_common.tables import Order, Table, equal, one_of

from atlas_gateway.library.listing import Listing
from atlas_gateway.model.images import Assignment, Image, ImageDetail, Sighting
from atlas_gateway.model.resource import Page

IMAGE_COLUMNS = tuple(Image.model_fields)
SIGHTING_COLUMNS = tuple(Sighting.model_fields)
ASSIGNMENT_COLUMNS = tuple(Assignment.model_fields)
MAX_SIGHTINGS = 100
NEWEST_FIRST = (Order("stored_at", descending=True), Order("sha256"))


class Stickers:
    """Metadata of the pictures in the bucket."""

    def __init__(self, images: Table, sightings: Table, assignments: Table) -> None:
        self._images = images
        self._sightings = sightings
        self._assignments = assignments
        self._newest = Listing(images, NEWEST_FIRST, IMAGE_COLUMNS)

    async def page(self, limit: int, cursor: str = "") -> Page[Image]:
        """Stickers, the newest first."""
        rows, next_cursor = await self._newest.page([], limit, cursor)
        return Page(items=[Image(**row) for row in rows], next_cursor=next_cursor)

    async def detail(self, sha256: str, run_id: str | None) -> ImageDetail:
        """All that is known of a sticker, with its place in run `run_id`. Raises `NotFound`."""
        image, sightings, assignment = await asyncio.gather(
            asyncio.to_thread(self._row, sha256),
            asyncio.to_thread(self._seen, sha256),
            self._assignment(sha256, run_id),
        )
        return ImageDetail(**image, sightings=sightings, assignment=assignment)

    async def albums_of(self, sha256s: list[str], run_id: str | None) -> dict[str, str | None]:
        """The album in run `run_id` of each of these stickers that is assigned."""
        if run_id is None or not sha256s:
            return {}
        where = f"{equal(run_id=run_id)} AND {one_of('sha256', sha256s)}"
        rows = await asyncio.to_thread(self._assignments.read, ("sha256", "album_id"), where)
        return {row["sha256"]: row["album_id"] for row in rows.to_pylist()}

    async def _assignment(self, sha256: str, run_id: str | None) -> Assignment | None:
        if run_id is None:
            return None
        where = equal(run_id=run_id, sha256=sha256)
        rows = await asyncio.to_thread(self._assignments.read, ASSIGNMENT_COLUMNS, where)
        return next((Assignment(**row) for row in rows.to_pylist()), None)

    def _row(self, sha256: str) -> dict[str, Any]:
        rows: list[dict[str, Any]] = self._images.read(IMAGE_COLUMNS, equal(sha256=sha256)).to_pylist()
        if not rows:
            raise NotFound(f"no sticker has the SHA-256 {sha256}", reason="no_such_image")
        return rows[0]

    def _seen(self, sha256: str) -> list[Sighting]:
        newest = [Order("seen_at", descending=True)]
        rows = self._sightings.first(MAX_SIGHTINGS, newest, SIGHTING_COLUMNS, equal(sha256=sha256))
        return [Sighting(**row) for row in rows.to_pylist()]
