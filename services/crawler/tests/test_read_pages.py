"""How pages are held in memory while they are read."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from atlas_common.held import HeldBytes, Room
from atlas_crawler.files import Folders
from atlas_crawler.jobs import Job
from atlas_crawler.model.crawls import Crawl, CrawlState, Limits, Origin
from atlas_crawler.model.links import Link, LinkKind, Task
from atlas_crawler.model.outcomes import PageRead
from atlas_crawler.reaching import PageReach
from atlas_crawler.read_pages import ReadPages
from atlas_crawler.settings import FetchSettings
from atlas_crawler.sources.source import Found, Page, Reader

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CRAWL = Crawl("c", Origin("web", "", Limits(3, 2, 3)), CrawlState.RUNNING, NOW, NOW)
SIZE = 100


class OneCrawl:
    async def recent(self, crawl_id: str) -> Crawl:
        return CRAWL


class AllWanted:
    async def crawl(self, crawl_id: str) -> bool:
        return True

    def check(self, task: Task) -> None:
        pass


class ImagesNamed:
    """A source of pages that are the names of images, one a line."""

    async def read(self, page: Page, reader: Reader) -> AsyncIterator[Found]:
        for url in (await reader.get(page)).body.decode().split():
            yield Link(url, LinkKind.IMAGE)


class Rival:
    """Asks for room of its own while what is found on a page is taken."""

    def __init__(self, held: HeldBytes) -> None:
        self.held = held
        self.found: list[Found] = []
        self.waited = False

    async def __call__(self, crawl: Crawl, found: Sequence[Found]) -> None:
        self.found += found
        self.asked = asyncio.create_task(self.held.take(ExitStack(), 1))
        await asyncio.sleep(0)
        self.waited = not self.asked.done()


@pytest.fixture
def page(tmp_path: Path) -> Link:
    (tmp_path / "page").write_text("http://x/a http://x/b")
    return Link((tmp_path / "page").as_uri(), LinkKind.PAGE)


async def test_a_page_has_its_room_in_memory_until_what_is_on_it_is_taken(page: Link, tmp_path: Path) -> None:
    rival = Rival(HeldBytes(SIZE))

    def reader(room: Room) -> Reader:
        return PageReach(None, Folders([tmp_path]), FetchSettings(page_bytes=SIZE), room)

    read = ReadPages(OneCrawl(), AllWanted(), {"web": ImagesNamed()}, reader, rival.held, rival, None)
    assert await read(Job("c", (Task.first(page),))) == [PageRead("c", page)]
    assert rival.found == [Link("http://x/a", LinkKind.IMAGE), Link("http://x/b", LinkKind.IMAGE)]
    assert rival.waited
    await rival.asked
