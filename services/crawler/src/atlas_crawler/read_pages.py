"""Read the pages of a job: accept the links found on them, and keep the images that come inside."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import TypeVar

from atlas_crawler.accept_links import AcceptLinks
from atlas_crawler.jobs import Job
from atlas_crawler.keep_image import KeepImage
from atlas_crawler.model import Crawl, CrawlState, Failed, LinkFailed, Moved, Outcome, PageRead, Task
from atlas_crawler.ports import Crawls
from atlas_crawler.settle import Settle
from atlas_crawler.sources.source import Found, Page, Part, Reader, Source

FOUND_AT_ONCE = 256
PARTS_AT_ONCE = 16

Item = TypeVar("Item")


class CrawlStopped(Exception):
    """The crawl was paused or cancelled while a page was read."""


class ReadPages:
    def __init__(
        self,
        crawls: Crawls,
        sources: Mapping[str, Source],
        reader: Reader,
        accept: AcceptLinks,
        keep: KeepImage,
        settle: Settle,
    ) -> None:
        self._crawls = crawls
        self._sources = sources
        self._reader = reader
        self._accept = accept
        self._keep = keep
        self._settle = settle

    async def __call__(self, job: Job) -> None:
        for task in job.tasks:
            crawl = await self._crawls.recent(job.crawl_id)
            if crawl.state is CrawlState.RUNNING:
                try:
                    end = await self._read(crawl, task)
                except CrawlStopped:
                    return
                await self._settle(job.crawl_id, [end])

    async def _read(self, crawl: Crawl, task: Task) -> Outcome | Task:
        source = self._sources[crawl.origin.kind]
        try:
            async for found in _batches(source.read(Page(task, crawl.origin), self._reader), FOUND_AT_ONCE):
                if (await self._crawls.recent(crawl.crawl_id)).state is not CrawlState.RUNNING:
                    raise CrawlStopped
                await self._take(crawl, found)
        except Moved as moved:
            return task.moved(moved.to)
        except LinkFailed as failure:
            return self._settle.failed(crawl.crawl_id, task, failure)
        return PageRead(crawl.crawl_id, task.link)

    async def _take(self, crawl: Crawl, found: Iterable[Found]) -> None:
        parts = {item.link.url: item for item in found if isinstance(item, Part)}
        await self._accept(crawl, [item.link if isinstance(item, Part) else item for item in found])
        for start in range(0, len(parts), PARTS_AT_ONCE):
            some = list(parts.values())[start : start + PARTS_AT_ONCE]
            await self._settle(crawl.crawl_id, await asyncio.gather(*(self._keep_part(crawl, part) for part in some)))

    async def _keep_part(self, crawl: Crawl, part: Part) -> Outcome:
        if isinstance(part.content, LinkFailed):
            return Failed(crawl.crawl_id, part.link, 1, part.content.reason, str(part.content))
        return await self._keep(crawl.crawl_id, Task.first(part.link), part.content)


async def _batches(items: AsyncIterator[Item], size: int) -> AsyncIterator[list[Item]]:
    batch: list[Item] = []
    async for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
