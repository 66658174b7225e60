"""What people do with crawls: start, look at, pause, resume, cancel, retry."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from atlas_common.errors import Conflict, InvalidInput

from atlas_crawler.accept_links import AcceptLinks
from atlas_crawler.model.crawls import ENDED, Crawl, CrawlState, Origin
from atlas_crawler.ports import Crawls, Ledger
from atlas_crawler.sources.source import Source


class ManageCrawls:
    def __init__(self, crawls: Crawls, ledger: Ledger, accept: AcceptLinks, sources: Mapping[str, Source]) -> None:
        self._crawls = crawls
        self._ledger = ledger
        self._accept = accept
        self._sources = sources

    async def start(self, origin: Origin) -> Crawl:
        """Begin a crawl. Raises `InvalidInput` for a source or option that does not exist, or can't start there."""
        source = self._sources.get(origin.kind)
        if source is None:
            kinds = ", ".join(sorted(self._sources))
            raise InvalidInput(f"there is no source {origin.kind!r}; there are {kinds}", reason="no_such_source")
        if unknown := origin.options.keys() - source.options:
            names = f"it has {', '.join(sorted(source.options))}" if source.options else "it has none"
            raise InvalidInput(
                f"source {origin.kind!r} has no option {', '.join(sorted(unknown))}; {names}", reason="no_such_option"
            )
        links = list(source.start(origin))
        now = datetime.now(UTC)
        crawl = Crawl(uuid.uuid4().hex, origin, CrawlState.RUNNING, started_at=now, changed_at=now)
        await self._crawls.add(crawl)
        await self._accept(crawl, links)
        return crawl

    async def get(self, crawl_id: str) -> Crawl:
        return await self._crawls.get(crawl_id)

    async def all(self) -> list[Crawl]:
        return await self._crawls.all()

    async def pause(self, crawl_id: str) -> Crawl:
        """Stop after the work under way. Links not yet done stay open; their messages are dropped as they come up."""
        return await self._change(crawl_id, CrawlState.PAUSED, frozenset({CrawlState.RUNNING}))

    async def resume(self, crawl_id: str) -> Crawl:
        """Go on: the overseer queues the open links again."""
        return await self._change(crawl_id, CrawlState.RUNNING, frozenset({CrawlState.PAUSED}))

    async def cancel(self, crawl_id: str) -> Crawl:
        return await self._change(crawl_id, CrawlState.CANCELLED, frozenset({CrawlState.RUNNING, CrawlState.PAUSED}))

    async def retry(self, crawl_id: str, reasons: Sequence[str]) -> Crawl:
        """Open failed links again, all or those that failed for one of the reasons; the overseer queues them."""
        crawl = await self._crawls.get(crawl_id)
        if crawl.state is CrawlState.CANCELLED:
            raise Conflict("a cancelled crawl can't be retried; start a new one", reason="crawl_cancelled")
        await self._ledger.forget_failures(crawl_id, reasons)
        return crawl if crawl.state not in ENDED else await self._crawls.change(crawl, CrawlState.RUNNING)

    async def _change(self, crawl_id: str, state: CrawlState, allowed: frozenset[CrawlState]) -> Crawl:
        crawl = await self._crawls.get(crawl_id)
        if crawl.state is state:
            return crawl
        if crawl.state not in allowed:
            raise Conflict(f"the crawl is {crawl.state}, so it can't become {state}", reason=f"crawl_{crawl.state}")
        return await self._crawls.change(crawl, state)
