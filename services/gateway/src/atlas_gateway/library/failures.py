"""Failures of crawling and embedding: tables `failures_crawl` and `failures_embed`."""

from typing import Any

from atlas_common.tables import Order, Table, equal

from atlas_gateway.library.listing import Listing
from atlas_gateway.model.resource import Page
from atlas_gateway.model.status import Failure, Stage

NEWEST_FIRST = Order("failed_at", descending=True)


class Failures:
    """What could not be stored or embedded."""

    def __init__(self, crawl: Table, embed: Table) -> None:
        self._listings: dict[Stage, Listing] = {
            "crawl": Listing(
                crawl,
                (NEWEST_FIRST, Order("crawl_id"), Order("url"), Order("attempt")),
                ("crawl_id", "url", "attempt", "reason", "detail", "failed_at"),
            ),
            "embed": Listing(
                embed,
                (NEWEST_FIRST, Order("model"), Order("sha256")),
                ("model", "sha256", "attempts", "reason", "detail", "failed_at"),
            ),
        }

    async def page(self, stage: Stage, reason: str | None, limit: int, cursor: str) -> Page[Failure]:
        """Failures of a stage, the newest first."""
        conditions = [equal(reason=reason)] if reason else []
        rows, next_cursor = await self._listings[stage].page(conditions, limit, cursor)
        return Page(items=[_failure(stage, row) for row in rows], next_cursor=next_cursor)


def _failure(stage: Stage, row: dict[str, Any]) -> Failure:
    return Failure(
        stage=stage,
        reason=row["reason"],
        detail=row["detail"] or "",
        url=row.get("url"),
        crawl_id=row.get("crawl_id"),
        sha256=row.get("sha256"),
        attempts=row["attempts"] if stage == "embed" else row["attempt"],
        failed_at=row["failed_at"],
    )
