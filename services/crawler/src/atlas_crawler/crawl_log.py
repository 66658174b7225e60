"""The table of crawls: every change of a crawl's state is a row, and the newest one holds."""

import asyncio
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime

from atlas_common.errors import NotFound
from atlas_common.schemas import CRAWLS
from atlas_common.tables import Tables

from atlas_crawler.model.crawls import Crawl, CrawlState, Limits, Origin


class CrawlLog:
    """Crawls as the table says; read anew only when the table has changed."""

    def __init__(self, tables: Tables) -> None:
        self._table = tables.open(CRAWLS)
        self._version = 0
        self._crawls: dict[str, Crawl] = {}

    async def all(self) -> list[Crawl]:
        """Every crawl, the newest first."""
        await asyncio.to_thread(self._refresh)
        return sorted(self._crawls.values(), key=lambda crawl: crawl.started_at, reverse=True)

    async def get(self, crawl_id: str) -> Crawl:
        """The crawl as it is now. Raises `NotFound`."""
        await asyncio.to_thread(self._refresh)
        return self._known(crawl_id)

    async def recent(self, crawl_id: str) -> Crawl:
        """The crawl as it was when the table was last looked at, a moment ago. Raises `NotFound`."""
        return self._crawls.get(crawl_id) or await self.get(crawl_id)

    async def add(self, crawl: Crawl) -> None:
        await asyncio.to_thread(self._table.insert, [_row(crawl)])
        self._crawls[crawl.crawl_id] = crawl

    async def change(self, crawl: Crawl, state: CrawlState, detail: str = "") -> Crawl:
        changed = replace(crawl, state=state, detail=detail, changed_at=datetime.now(UTC))
        await self.add(changed)
        return changed

    def _known(self, crawl_id: str) -> Crawl:
        try:
            return self._crawls[crawl_id]
        except KeyError:
            raise NotFound(f"there is no crawl {crawl_id}", reason="no_such_crawl") from None

    def _refresh(self) -> None:
        version = self._table.version()
        if version != self._version:
            rows = self._table.read(version=version).sort_by("changed_at").to_pylist()
            self._crawls = {row["crawl_id"]: _crawl(row) for row in rows}
            self._version = version


def _row(crawl: Crawl) -> dict[str, object]:
    origin = json.dumps(asdict(crawl.origin), ensure_ascii=False)
    return {
        "crawl_id": crawl.crawl_id,
        "changed_at": crawl.changed_at,
        "source": origin,
        "state": crawl.state.value,
        "started_at": crawl.started_at,
        "detail": crawl.detail,
    }


def _crawl(row: dict[str, object]) -> Crawl:
    origin = json.loads(str(row["source"]))
    return Crawl(
        crawl_id=str(row["crawl_id"]),
        origin=Origin(**origin | {"limits": Limits(**origin["limits"])}),
        state=CrawlState(str(row["state"])),
        started_at=row["started_at"],  # type: ignore[arg-type]
        changed_at=row["changed_at"],  # type: ignore[arg-type]
        detail=str(row["detail"]),
    )
