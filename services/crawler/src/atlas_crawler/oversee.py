"""Oversee running crawls: queue again what the queue has lost, and say when a crawl is finished.

The queue holds every job until its links are fetched, so a running crawl without jobs has finished, is about to record
what it fetched, or has lost some: to a crash, to a pause, or to a queue that was wiped.
"""

from atlas_common.logs import get_logger

from atlas_crawler.model.crawls import Crawl, CrawlState, Progress
from atlas_crawler.model.links import Link, LinkKind, Task
from atlas_crawler.ports import Crawls, Ledger, WorkQueue

LOST_AFTER = 5
"""Looks in a row at a crawl without jobs after which its links count as lost: recording them takes less."""

log = get_logger(__name__)


class Oversee:
    def __init__(self, crawls: Crawls, ledger: Ledger, queue: WorkQueue) -> None:
        self._crawls = crawls
        self._ledger = ledger
        self._queue = queue
        self._idle: dict[str, int] = {}

    async def __call__(self) -> None:
        """Look at every running crawl once.

        A crawl is recorded before its first link, a link before it is queued, and a job acknowledged before its links
        are recorded: what is not there yet is taken to be lost only when it was not there at the looks before, either.
        """
        running = [crawl for crawl in await self._crawls.all() if crawl.state is CrawlState.RUNNING]
        idle = [crawl for crawl in running if not await self._queue.left(crawl.crawl_id)]
        self._idle = {crawl.crawl_id: self._idle.get(crawl.crawl_id, 0) + 1 for crawl in idle}
        for crawl in idle:
            await self._close_or_requeue(crawl, self._idle[crawl.crawl_id])

    async def _close_or_requeue(self, crawl: Crawl, looks: int) -> None:
        progress = await self._ledger.progress(crawl.crawl_id)  # first: a link that is counted is open below, or ended
        links = await self._ledger.open_links(crawl.crawl_id)
        if links and looks >= LOST_AFTER:
            log.info("links_queued_again", crawl_id=crawl.crawl_id, links=len(links))
            await self._queue.put(crawl.crawl_id, map(Task.first, _fetchable(links)))
        elif not links and (progress.pages_found + progress.found or looks > 1):
            await self._close(crawl, progress)

    async def _close(self, crawl: Crawl, progress: Progress) -> None:
        """A crawl that could not read a single page, and so found nothing, has failed as a whole."""
        if progress.pages_failed and not progress.pages_done and not progress.found:
            detail = await self._ledger.page_failure(crawl.crawl_id)
            await self._crawls.change(crawl, CrawlState.FAILED, detail)
            log.warning("crawl_failed", crawl_id=crawl.crawl_id, detail=detail)
        else:
            await self._crawls.change(crawl, CrawlState.FINISHED)
            log.info("crawl_finished", crawl_id=crawl.crawl_id)


def _fetchable(links: list[Link]) -> list[Link]:
    """The links to queue; a part comes with its page, so that page is read again."""
    whole = {link.url: link for link in links if link.kind is not LinkKind.PART}
    for link in links:
        if link.kind is LinkKind.PART:
            whole.setdefault(link.page_url, Link(link.page_url, LinkKind.PAGE))
    return list(whole.values())
