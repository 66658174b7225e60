"""Takedowns: what must go and never come back. Table `takedowns`."""

from collections.abc import Iterator
from datetime import UTC, datetime

from atlas_common.addresses import Places
from atlas_common.tables import Order, Table, equal

from atlas_gateway.library.listing import Listing
from atlas_gateway.model.curation import NewTakedown, Takedown
from atlas_gateway.model.resource import Page

COLUMNS = tuple(Takedown.model_fields)
NEWEST_FIRST = (Order("decided_at", descending=True), Order("kind"), Order("value"))


class Takedowns:
    """Records takedowns. All but `page` block."""

    def __init__(self, table: Table, sightings: Table) -> None:
        self._table = table
        self._sightings = sightings
        self._newest = Listing(table, NEWEST_FIRST, COLUMNS)

    def version(self) -> int:
        return self._table.version()

    def images(self) -> frozenset[str]:
        """SHA-256 of every sticker that was taken down."""
        return frozenset(self._table.read(["value"], equal(kind="image"))["value"].to_pylist())

    def record(self, new: NewTakedown) -> tuple[Takedown, list[str]]:
        """Record a takedown and one for each sticker that it removes; returns it and those stickers.

        A URL or site removes what was seen nowhere else.
        """
        takedown = Takedown(**new.model_dump(), decided_at=datetime.now(UTC))
        removed = [new.value] if new.kind == "image" else sorted(self._only_seen_at(_place(new)))
        rows = [takedown.model_dump(), *(takedown.model_dump() | {"kind": "image", "value": one} for one in removed)]
        self._table.insert(list({(row["kind"], row["value"]): row for row in rows}.values()))
        return takedown, removed

    async def page(self, limit: int, cursor: str) -> Page[Takedown]:
        """Takedowns, the newest first."""
        rows, next_cursor = await self._newest.page([], limit, cursor)
        return Page(items=[Takedown(**row) for row in rows], next_cursor=next_cursor)

    def _only_seen_at(self, places: Places) -> set[str]:
        inside = {sha256 for sha256, urls in self._seen() if any(map(places.cover, urls))}
        outside = {sha256 for sha256, urls in self._seen() if sha256 in inside and not any(map(places.cover, urls))}
        return inside - outside

    def _seen(self) -> Iterator[tuple[str, list[str]]]:
        for batch in self._sightings.batches(["sha256", "url", "page_url"], "sha256 IS NOT NULL"):
            for row in batch.to_pylist():
                yield row["sha256"], [url for url in (row["url"], row["page_url"]) if url]


def _place(takedown: NewTakedown) -> Places:
    return Places.named([takedown.value]) if takedown.kind == "url" else Places.named(sites=[takedown.value])
