"""How pages are held in memory while they are read."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
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


class TwoBatches:
    """A source that asks for room twice, and notes what was taken by then."""

    def __init__(self, taken: list[Found]) -> None:
        self.taken = taken
        self.taken_at_second_ask: list[Found] = []

    async def read(self, page: Page, reader: Reader) -> AsyncIterator[Found]:
        await reader.room(SIZE)
        yield Link("http://x/a", LinkKind.IMAGE)
        await reader.room(SIZE)
        self.taken_at_second_ask += self.taken
        yield Link("http://x/b", LinkKind.IMAGE)


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


def page_reach(folder: Path, room: Room) -> PageReach:
    return PageReach(None, Folders([folder]), FetchSettings(page_bytes=SIZE), asyncio.Semaphore(), room)


@pytest.fixture
def page(tmp_path: Path) -> Link:
    (tmp_path / "page").write_text("http://x/a http://x/b")
    return Link((tmp_path / "page").as_uri(), LinkKind.PAGE)


async def test_a_page_has_its_room_in_memory_until_what_is_on_it_is_taken(page: Link, tmp_path: Path) -> None:
    rival = Rival(HeldBytes(SIZE))

    reader = partial(page_reach, tmp_path)
    read = ReadPages(OneCrawl(), AllWanted(), {"web": ImagesNamed()}, reader, rival.held, rival, None)
    assert await read(Job("c", (Task.first(page),))) == [PageRead("c", page)]
    assert rival.found == [Link("http://x/a", LinkKind.IMAGE), Link("http://x/b", LinkKind.IMAGE)]
    assert rival.waited
    await rival.asked


async def test_what_is_on_a_page_is_taken_before_there_is_room_for_more(page: Link, tmp_path: Path) -> None:
    taken: list[Found] = []

    async def take(crawl: Crawl, found: Sequence[Found]) -> None:
        taken.extend(found)

    source, reader = TwoBatches(taken), partial(page_reach, tmp_path)
    read = ReadPages(OneCrawl(), AllWanted(), {"web": source}, reader, HeldBytes(SIZE), take, None)
    assert await read(Job("c", (Task.first(page),))) == [PageRead("c", page)]
    assert source.taken_at_second_ask == [Link("http://x/a", LinkKind.IMAGE)]
    assert taken == [Link("http://x/a", LinkKind.IMAGE), Link("http://x/b", LinkKind.IMAGE)]
