"""When a crawl is finished, and when its links are lost."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from atlas_common.tables import Tables
from atlas_crawler.crawl_log import CrawlLog
from atlas_crawler.ledger import LanceLedger
from atlas_crawler.model.crawls import Crawl, CrawlState, Limits, Origin
from atlas_crawler.model.links import Link, LinkKind, Task
from atlas_crawler.model.outcomes import Failed, PageRead
from atlas_crawler.oversee import LOST_AFTER, Oversee

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CRAWL = Crawl("c", Origin("web", "http://x/", Limits(3, 2, 3)), CrawlState.RUNNING, NOW, NOW)
PAGE = Link("http://x/", LinkKind.PAGE)


class Jobs:
    def __init__(self) -> None:
        self.queued: list[Task] = []

    async def put(self, crawl_id: str, tasks: Iterable[Task]) -> None:
        self.queued.extend(tasks)

    async def left(self, crawl_id: str) -> int:
        return len(self.queued)


class Overseen:
    """A crawl under way, its tables, and its jobs."""

    def __init__(self, folder: Path) -> None:
        self.tables = Tables(str(folder))
        self.ledger, self.log, self.jobs = LanceLedger(self.tables), CrawlLog(self.tables), Jobs()
        self.look = Oversee(self.log, self.ledger, self.jobs)

    async def state(self) -> CrawlState:
        return (await self.log.get("c")).state


@pytest.fixture
async def overseen(tmp_path: Path) -> Overseen:
    overseen = Overseen(tmp_path)
    await overseen.log.add(CRAWL)
    return overseen


async def test_a_crawl_whose_links_have_all_ended_is_finished_at_the_first_look(overseen: Overseen) -> None:
    await overseen.ledger.accept(CRAWL, [PAGE])
    await overseen.ledger.record([PageRead("c", PAGE)])
    await overseen.look()
    assert await overseen.state() is CrawlState.FINISHED


async def test_a_crawl_that_read_no_page_has_failed_for_the_reason_of_its_page(overseen: Overseen) -> None:
    await overseen.ledger.accept(CRAWL, [PAGE])
    await overseen.ledger.record([Failed("c", PAGE, 1, "http_404", "gone")])
    await overseen.look()
    assert (await overseen.log.get("c")).detail == "http_404: gone"
    assert await overseen.state() is CrawlState.FAILED


async def test_a_crawl_without_links_has_until_the_next_look_to_record_its_first(overseen: Overseen) -> None:
    await overseen.look()
    assert await overseen.state() is CrawlState.RUNNING
    await overseen.look()
    assert await overseen.state() is CrawlState.FINISHED


async def test_a_crawl_whose_first_link_is_recorded_during_a_look_goes_on(overseen: Overseen) -> None:
    class RecordsMeanwhile(LanceLedger):
        async def open_links(self, crawl_id: str) -> list[Link]:
            before = await super().open_links(crawl_id)
            await self.accept(CRAWL, [PAGE])
            return before

    overseen.look = Oversee(overseen.log, RecordsMeanwhile(overseen.tables), overseen.jobs)
    await overseen.look()
    assert await overseen.state() is CrawlState.RUNNING


async def test_links_that_are_neither_queued_nor_recorded_for_some_looks_are_queued_again(overseen: Overseen) -> None:
    await overseen.ledger.accept(CRAWL, [PAGE])
    for _ in range(LOST_AFTER - 1):
        await overseen.look()
    assert overseen.jobs.queued == []
    await overseen.look()
    assert overseen.jobs.queued == [Task.first(PAGE)]
    await overseen.look()
    assert await overseen.state() is CrawlState.RUNNING
