"""Progress of crawls: counted from the tables, no more often than the counting can afford."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from atlas_crawler.model.crawls import Crawl, CrawlState, Progress
from atlas_crawler.ports import Ledger

SHARE = 20  # counting takes at most a twentieth of the time
FRESH_SECONDS = 0.5
REMEMBERED = 1000
COMPLETE = frozenset({CrawlState.FINISHED, CrawlState.FAILED})


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted at a time, by the clock of `WatchProgress`, and how many images end a second.

    changed_at: of the crawl that was counted.
    """

    changed_at: datetime
    progress: Progress
    at: float
    fresh_until: float
    per_second: float


class WatchProgress:
    def __init__(self, ledger: Ledger, clock: Callable[[], float] = time.monotonic) -> None:
        self._ledger = ledger
        self._clock = clock
        self._counted: OrderedDict[str, Counted] = OrderedDict()

    async def of(self, crawl: Crawl) -> Counted:
        """The crawl's progress: a moment old at most, and counted once where no link is open any more."""
        before = self._counted.get(crawl.crawl_id)
        started = self._clock()
        if before is not None and before.changed_at == crawl.changed_at and self._holds(before, crawl.state):
            return before
        progress = await self._ledger.progress(crawl.crawl_id)
        now = self._clock()
        fresh_until = now + max(FRESH_SECONDS, SHARE * (now - started))
        counted = Counted(crawl.changed_at, progress, now, fresh_until, _speed(before, progress, now))
        self._counted[crawl.crawl_id] = counted
        if len(self._counted) > REMEMBERED:
            self._counted.popitem(last=False)
        return counted

    def _holds(self, before: Counted, state: CrawlState) -> bool:
        return state in COMPLETE or self._clock() < before.fresh_until


def _speed(before: Counted | None, progress: Progress, now: float) -> float:
    if before is None:
        return 0
    speed = (progress.images_done - before.progress.images_done) / (now - before.at)
    return speed if not before.per_second else 0.7 * before.per_second + 0.3 * speed
