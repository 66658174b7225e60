"""Read the pages of a job, and take what is found on them as it is found."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial

from atlas_common.held import HeldBytes, Room

from atlas_crawler.jobs import REST_SECONDS, Job
from atlas_crawler.model.crawls import Crawl
from atlas_crawler.model.exceptions import LinkFailed, Moved, NotYet
from atlas_crawler.model.links import Link, Task
from atlas_crawler.model.outcomes import End, PageRead
from atlas_crawler.ports import Crawls
from atlas_crawler.settle import Settle
from atlas_crawler.sources.source import PART_BYTES_AT_ONCE, Found, Page, Part, Reader, Source
from atlas_crawler.take_found import TakeFound
from atlas_crawler.wanted import Wanted

FOUND_AT_ONCE = 4096
LONGEST_ADDRESS = 16 * 1024
"""No server takes a longer one, and the queue takes it neither."""


class CrawlStopped(Exception):
    """The crawl was paused or cancelled while a page was read."""


class ReadPages:
    def __init__(
        self,
        crawls: Crawls,
        wanted: Wanted,
        sources: Mapping[str, Source],
        reader: Callable[[Room], Reader],
        held: HeldBytes,
        take: TakeFound,
        settle: Settle,
    ) -> None:
        self._crawls = crawls
        self._wanted = wanted
        self._sources = sources
        self._reader = reader
        self._held = held
        self._take = take
        self._settle = settle

    async def __call__(self, job: Job) -> list[End]:
        """What became of the pages; those that a stopped crawl leaves unread stay open."""
        ends: list[End] = []
        with suppress(CrawlStopped):
            for task in job.tasks:
                ends.append(await self._read(await self._crawls.recent(job.crawl_id), task))  # noqa: PERF401 - what was read counts
        return ends

    async def _read(self, crawl: Crawl, task: Task) -> End:
        source = self._sources[crawl.origin.kind]
        await self._held.some()
        try:
            self._wanted.check(task)
            with ExitStack() as hold:
                batch = Batch(partial(self._take_found, crawl))

                async def room(size: int) -> None:
                    await batch.finish()
                    await self._held.take(hold, size)

                async for found in source.read(Page(task, crawl.origin), self._reader(room)):
                    await batch.add(found)
                await batch.finish()
        except NotYet as host:
            await asyncio.sleep(min(host.seconds, REST_SECONDS))
            return task
        except Moved as moved:
            return task.moved(moved.to)
        except LinkFailed as failure:
            return self._settle.failed(crawl.crawl_id, task, failure)
        return PageRead(crawl.crawl_id, task.link)

    async def _take_found(self, crawl: Crawl, found: Sequence[Found]) -> None:
        if not await self._wanted.crawl(crawl.crawl_id):
            raise CrawlStopped
        await self._take(crawl, found)


class Batch:
    """What was found on a page and is not taken yet, bounded in number and in bytes."""

    def __init__(self, take: Callable[[Sequence[Found]], Awaitable[None]]) -> None:
        self._take = take
        self._found: list[Found] = []
        self._bytes = 0

    async def add(self, found: Found) -> None:
        if isinstance(found, Link) and len(found.url) > LONGEST_ADDRESS:
            return
        self._found.append(_storable(found))
        self._bytes += len(found.content) if isinstance(found, Part) and isinstance(found.content, bytes) else 0
        if len(self._found) >= FOUND_AT_ONCE or self._bytes >= PART_BYTES_AT_ONCE:
            await self.finish()

    async def finish(self) -> None:
        """Have it taken."""
        found, self._found, self._bytes = self._found, [], 0
        if found:
            await self._take(found)


def _storable(found: Found) -> Found:
    return replace(found, link=found.link.storable()) if isinstance(found, Part) else found.storable()
