"""Members of albums, outliers and the map: pages of table `assignments`, so that memory does not grow with albums."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from atlas_common.tables import Order, Table, equal, one_of, quoted

from atlas_gateway import cursors
from atlas_gateway.library.listing import Listing
from atlas_gateway.library.moving import Moving
from atlas_gateway.model.albums import MapPoint, Member, Outlier
from atlas_gateway.model.resource import Page

MEMBER_COLUMNS = ("sha256", "variant_id", "distance", "margin", "strength", "late", "copy_of")
NEAREST_FIRST = (Order("distance"), Order("sha256"))
FARTHEST_FIRST = (Order("distance", descending=True), Order("sha256"))


@dataclass(frozen=True, slots=True)
class Which:
    """Members of an album, or of one variant of it; folded: of near duplicates only the one that stands for all."""

    album_id: str
    variant_id: str | None = None
    folded: bool = False

    def conditions(self, run_id: str) -> list[str]:
        wanted = {"run_id": run_id, "album_id": self.album_id}
        wanted |= {"variant_id": self.variant_id} if self.variant_id else {}
        return [equal(**wanted), "NOT outlier", *(["copy_of IS NULL"] if self.folded else [])]


class Members:
    """Who belongs to what in a run. A cursor stays with the run that it was given in."""

    def __init__(self, assignments: Table, moving: Moving) -> None:
        self._assignments = assignments
        self._moving = moving
        self._members = Listing(assignments, NEAREST_FIRST, MEMBER_COLUMNS)
        self._outliers = Listing(assignments, FARTHEST_FIRST, (*MEMBER_COLUMNS, "album_id"))

    async def page(self, run_id: str, which: Which, limit: int, cursor: str) -> Page[Member]:
        """Members, nearest to the centre first."""
        run_id, inner = _opened(run_id, cursor)
        rows, next_inner = await self._members.page(which.conditions(run_id), limit, inner)
        ids = [row["sha256"] for row in rows]
        moving, copies = await asyncio.gather(self._moving.among(ids), self._copies(run_id, ids))
        items = [Member(**row, animated=row["sha256"] in moving, copies=copies[row["sha256"]]) for row in rows]
        return Page(items=items, next_cursor=_closed(run_id, next_inner))

    async def _copies(self, run_id: str, ids: Sequence[str]) -> Counter[str]:
        """How many near duplicates each of the stickers stands for."""
        if not ids:
            return Counter()
        where = f"{equal(run_id=run_id)} AND {one_of('copy_of', ids)}"
        rows = await asyncio.to_thread(self._assignments.read, ["copy_of"], where)
        return Counter(rows["copy_of"].to_pylist())

    async def outliers(self, run_id: str, limit: int, cursor: str) -> Page[Outlier]:
        """Outliers, the farthest first."""
        run_id, inner = _opened(run_id, cursor)
        rows, next_inner = await self._outliers.page([equal(run_id=run_id), "outlier"], limit, inner)
        moving = await self._moving.among(row["sha256"] for row in rows)
        items = [Outlier(**row, animated=row["sha256"] in moving) for row in rows]
        return Page(items=items, next_cursor=_closed(run_id, next_inner))

    async def places(self, run_id: str, limit: int) -> tuple[list[MapPoint], bool]:
        """At most `limit` stickers with their place, and whether those are all; else they are sampled evenly."""
        where = f"{equal(run_id=run_id)} AND x IS NOT NULL"
        count = await asyncio.to_thread(self._assignments.count, where)
        if count > limit:
            where += f" AND sha256 < {quoted(_threshold(limit / count))}"
        columns = tuple(MapPoint.model_fields)
        rows = await asyncio.to_thread(self._assignments.first, limit, [Order("sha256")], columns, where)
        return [MapPoint(**row) for row in rows.to_pylist()], count <= limit


def _opened(run_id: str, cursor: str) -> tuple[str, str]:
    if not cursor:
        return run_id, ""
    run_id, inner = map(str, cursors.decode(cursor, 2))
    return run_id, inner


def _closed(run_id: str, inner: str | None) -> str | None:
    return cursors.encode([run_id, inner]) if inner else None


def _threshold(share: float) -> str:
    """SHA-256 values are spread evenly: those below this one are about `share` of all."""
    return f"{int(share * 16**15):015x}"
