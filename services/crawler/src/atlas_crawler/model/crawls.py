"""Crawls: where they start, how far they may go, how far they have come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class CrawlState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FINISHED = "finished"
    FAILED = "failed"


ENDED = frozenset({CrawlState.CANCELLED, CrawlState.FINISHED, CrawlState.FAILED})


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a crawl may go: links followed in a row, pages read, images accepted."""

    depth: int
    pages: int
    images: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a crawl starts: a source's registered name, what it starts from, and its options."""

    kind: str
    location: str
    limits: Limits
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Crawl:
    """A crawl since its last change; `detail` says why it failed as a whole."""

    crawl_id: str
    origin: Origin
    state: CrawlState
    started_at: datetime
    changed_at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a crawl has come: found = stored + duplicate + failed + what is still queued."""

    pages_found: int = 0
    pages_done: int = 0
    found: int = 0
    stored: int = 0
    duplicate: int = 0
    failures: Mapping[str, int] = field(default_factory=dict)
    pages_failed: int = 0

    @property
    def failed(self) -> int:
        return sum(self.failures.values())

    @property
    def images_done(self) -> int:
        return self.stored + self.duplicate + self.failed
