from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from atlas_common.tables import Tables
from atlas_crawler.ledger import LanceLedger
from atlas_crawler.model.crawls import Crawl, CrawlState, Limits, Origin
from atlas_crawler.model.links import Accepted, Known, Link, LinkKind, Validators
from atlas_crawler.model.outcomes import Failed, PageRead, Picture, Stored, Unchanged

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CRAWL = Crawl("c", Origin("web", "http://x/", Limits(3, 2, 3)), CrawlState.RUNNING, NOW, NOW)
PAGE = Link("http://x/", LinkKind.PAGE)
PICTURE = Picture("png", 8, 8, 1, alpha=False)


def image(number: int) -> Link:
    return Link(f"http://x/{number}.png", LinkKind.IMAGE, PAGE.url)


def stored(number: int, sha256: str, crawl_id: str = "c") -> Stored:
    return Stored(crawl_id, image(number), sha256, 100, PICTURE, Validators(etag=f'"{number}"'))


@pytest.fixture
def ledger(tmp_path: Path) -> LanceLedger:
    return LanceLedger(Tables(str(tmp_path)))


async def test_links_are_accepted_once_and_within_the_limits(ledger: LanceLedger) -> None:
    assert await ledger.accept(CRAWL, [PAGE, image(1), image(1)]) == Accepted([PAGE, image(1)], frozenset())
    more = await ledger.accept(CRAWL, [image(1), image(2), image(3), image(4)])
    assert more == Accepted([image(2), image(3)], frozenset({image(4).url}))


async def test_all_links_are_open_before_anything_has_ended(ledger: LanceLedger) -> None:
    await ledger.accept(CRAWL, [PAGE, image(1)])
    assert {link.url for link in await ledger.open_links("c")} == {PAGE.url, image(1).url}


async def test_a_link_that_has_ended_in_any_way_is_not_open(ledger: LanceLedger) -> None:
    await ledger.accept(CRAWL, [PAGE, image(1), image(2), image(3)])
    await ledger.record([PageRead("c", PAGE), stored(1, "a"), Failed("c", image(2), 1, "timeout", "")])
    assert await ledger.open_links("c") == [image(3)]


async def test_the_counts_add_up_and_tell_duplicates_whoever_comes_again(ledger: LanceLedger) -> None:
    await ledger.accept(CRAWL, [PAGE, image(1), image(2), image(3)])
    first = [stored(1, "a"), stored(2, "a"), Failed("c", image(3), 1, "http_404", "")]
    assert await ledger.record(first) == ["a"]
    assert await ledger.record(first) == ["a"]
    progress = await ledger.progress("c")
    assert (progress.found, progress.stored, progress.duplicate, progress.failures) == (3, 1, 1, {"http_404": 1})


async def test_a_link_that_ended_well_elsewhere_does_not_fail_as_well(ledger: LanceLedger) -> None:
    await ledger.record([stored(1, "a")])
    await ledger.record([Failed("c", image(1), 1, "timeout", "")])
    assert (await ledger.progress("c")).failures == {}


async def test_forgotten_failures_are_open_again(ledger: LanceLedger) -> None:
    await ledger.accept(CRAWL, [image(1), image(2)])
    await ledger.record([Failed("c", image(1), 1, "timeout", ""), Failed("c", image(2), 1, "http_404", "")])
    await ledger.forget_failures("c", ["timeout"])
    assert await ledger.open_links("c") == [image(1)]


async def test_a_later_crawl_knows_what_an_earlier_one_found(ledger: LanceLedger) -> None:
    await ledger.record([stored(1, "a")])
    known = await ledger.known([image(1), image(2)])
    assert known == {image(1).url: Known("a", Validators(etag='"1"'))}
    await ledger.record([Unchanged("later", image(1), known[image(1).url])])
    assert (await ledger.progress("later")).duplicate == 1


async def test_another_crawl_s_links_are_its_own(ledger: LanceLedger) -> None:
    await ledger.accept(CRAWL, [image(1)])
    await ledger.accept(replace(CRAWL, crawl_id="d"), [image(2)])
    assert await ledger.open_links("d") == [image(2)]
