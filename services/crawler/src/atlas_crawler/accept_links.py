"""Accept links: those that are new and within the crawl's limits are recorded first, and queued then."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable

from atlas_crawler.model.crawls import Crawl
from atlas_crawler.model.links import Accepted, Link, LinkKind, Task
from atlas_crawler.ports import Ledger, WorkQueue


class AcceptLinks:
    def __init__(self, ledger: Ledger, queue: WorkQueue) -> None:
        self._ledger = ledger
        self._queue = queue
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __call__(self, crawl: Crawl, links: Iterable[Link]) -> Accepted:
        async with self._turns[crawl.crawl_id]:  # one at a time, so that the limits hold
            accepted = await self._ledger.accept(crawl, links)
        whole = [link for link in accepted.fresh if link.kind is not LinkKind.PART]
        known = await self._ledger.known(whole)
        await self._queue.put(crawl.crawl_id, [Task.first(link, known.get(link.url)) for link in whole])
        return accepted
