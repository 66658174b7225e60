from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from atlas_crawler.model.crawls import Crawl, CrawlState, Limits, Origin, Progress
from atlas_crawler.watching import FRESH_SECONDS, WatchProgress

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CRAWL = Crawl("c", Origin("web", "http://x/", Limits(3, 2, 3)), CrawlState.RUNNING, NOW, NOW)


class Counter:
    """A ledger in which every look finds one more image, and a clock."""

    def __init__(self) -> None:
        self.looks = 0
        self.now = 100.0

    async def progress(self, crawl_id: str) -> Progress:
        self.looks += 1
        return Progress(found=self.looks, stored=self.looks)

    def __call__(self) -> float:
        return self.now


async def stored(watch: WatchProgress, crawl: Crawl) -> int:
    return (await watch.of(crawl)).progress.stored


async def test_a_running_crawl_is_counted_now_and_then() -> None:
    ledger = Counter()
    watch = WatchProgress(ledger, ledger)  # type: ignore[arg-type]
    assert [await stored(watch, CRAWL) for _ in range(3)] == [1, 1, 1]
    ledger.now += FRESH_SECONDS
    assert await stored(watch, CRAWL) == 2


@pytest.mark.parametrize(("state", "counts"), [("finished", 1), ("failed", 1), ("cancelled", 2)])
async def test_a_crawl_without_open_links_is_counted_once(state: str, counts: int) -> None:
    ledger = Counter()
    watch = WatchProgress(ledger, ledger)  # type: ignore[arg-type]
    ended = replace(CRAWL, state=CrawlState(state))
    await watch.of(ended)
    ledger.now += FRESH_SECONDS
    assert await stored(watch, ended) == counts


async def test_a_crawl_that_was_retried_and_has_ended_again_is_counted_again() -> None:
    ledger = Counter()
    watch = WatchProgress(ledger, ledger)  # type: ignore[arg-type]
    ended = replace(CRAWL, state=CrawlState.FINISHED)
    await watch.of(ended)
    ledger.now += FRESH_SECONDS
    assert await stored(watch, replace(ended, changed_at=NOW + timedelta(seconds=1))) == 2
