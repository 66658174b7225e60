"""Lanes: how the budget of a host holds over all replicas.

Every host belongs to one lane, by the hash of its name. A lane has a subject and a consumer for images and one for
pages, and JetStream hands out no more jobs of a consumer at once than the budget allows, however many replicas ask.
A job is worked on over one connection, so jobs out at once are connections to the host.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from zlib import crc32

from atlas_common.addresses import host_of
from atlas_common.queue import CRAWL, Consumer

from atlas_crawler.jobs import Job
from atlas_crawler.model.links import LinkKind, Task
from atlas_crawler.settings import CrawlerSettings

PAGES_AT_ONCE = 1
JOB_BYTES = 256 * 1024
"""Of the texts in a job; a message of the queue has at most 1 MiB, and JSON may write a character as six."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """How hosts are spread over `count` lanes. A job not heard of for `ack_wait` seconds goes to another replica."""

    count: int
    host_connections: int
    links_per_job: int
    ack_wait: float

    @classmethod
    def of(cls, settings: CrawlerSettings) -> "Lanes":
        return cls(settings.lanes, settings.host_connections, settings.links_per_job, settings.ack_wait)

    def consumers(self, kind: LinkKind) -> list[Consumer]:
        """A consumer a lane; pages and images share the connections of their host."""
        return [
            Consumer(
                CRAWL,
                name=f"{kind}-{lane}",
                subject=f"crawl.{kind}.{lane}.*",
                ack_wait=self.ack_wait,
                max_deliver=-1,
                max_ack_pending=self._at_once(kind),
            )
            for lane in range(self.count)
        ]

    def _at_once(self, kind: LinkKind) -> int:
        return PAGES_AT_ONCE if kind is LinkKind.PAGE else self.host_connections - PAGES_AT_ONCE

    def lane(self, url: str) -> int:
        """The lane of the URL's host; what has no host (a file) can't be overrun and spreads over all lanes."""
        return crc32((host_of(url) or url).encode()) % self.count

    def jobs(self, crawl_id: str, tasks: Iterable[Task]) -> Iterator[tuple[str, Job]]:
        """The tasks as jobs of one kind and one lane each, with the subject to publish each to.

        Few links of a lane are divided among its connections; many fill jobs, so that these rarely wait to be recorded.
        """
        lanes: dict[tuple[str, int], list[Task]] = {}
        for task in tasks:
            lanes.setdefault((task.link.kind.value, self.lane(task.at)), []).append(task)
        for (kind, lane), queued in lanes.items():
            share = ceil(len(queued) / self._at_once(LinkKind(kind)))
            size = 1 if kind == LinkKind.PAGE else min(self.links_per_job, share)
            for tasks_of_job in _shared_out(queued, size):
                yield f"crawl.{kind}.{lane}.{crawl_id}", Job(crawl_id, tasks_of_job)


def _shared_out(tasks: Iterable[Task], most: int) -> Iterator[tuple[Task, ...]]:
    """Consecutive tasks, at most so many and `JOB_BYTES` together."""
    some: list[Task] = []
    size = 0
    for task in tasks:
        more = sum(len(text.encode()) for text in (task.at, task.link.url, task.link.page_url, task.link.title))
        if some and (len(some) == most or size + more > JOB_BYTES):
            yield tuple(some)
            some, size = [], 0
        some.append(task)
        size += more
    yield tuple(some)


def subject_of_crawl(crawl_id: str) -> str:
    """Every job of the crawl, whatever its kind and lane."""
    return f"crawl.*.*.{crawl_id}"
