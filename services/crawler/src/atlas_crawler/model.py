"""What a crawl is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from atlas_common.errors import AtlasError


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
    crawl_id: str
    origin: Origin
    state: CrawlState
    started_at: datetime
    changed_at: datetime
    detail: str = ""


class LinkKind(StrEnum):
    PAGE = "page"  # to be read for more links
    IMAGE = "image"  # to be fetched
    PART = "part"  # an image inside its page (a member of an archive), stored while the page is read


@dataclass(frozen=True, slots=True)
class Link:
    """An address that a crawl has accepted, and where it was found."""

    url: str
    kind: LinkKind
    page_url: str = ""
    title: str = ""
    author: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask later whether something has changed."""

    etag: str = ""
    last_modified: str = ""


NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier crawl found at an address."""

    sha256: str
    validators: Validators


@dataclass(frozen=True, slots=True)
class Task:
    """One try at a link. `at` is where redirects have led so far; `hops` counts them."""

    link: Link
    at: str
    hops: int = 0
    attempt: int = 1
    known: Known | None = None

    @classmethod
    def first(cls, link: Link, known: Known | None = None) -> "Task":
        return cls(link, link.url, known=known)

    def moved(self, to: str) -> "Task":
        return replace(self, at=to, hops=self.hops + 1)

    def again(self) -> "Task":
        return replace(self, attempt=self.attempt + 1)


@dataclass(frozen=True, slots=True)
class Picture:
    """What the container of an image says about it."""

    format: str
    width: int
    height: int
    frames: int
    alpha: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """An image fetched, checked and put into the bucket."""

    crawl_id: str
    link: Link
    sha256: str
    size: int
    picture: Picture
    validators: Validators = NO_VALIDATORS


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page read to its end, with every link on it accepted."""

    crawl_id: str
    link: Link


@dataclass(frozen=True, slots=True)
class Failed:
    """A link given up, with a reason that can be counted and retried by."""

    crawl_id: str
    link: Link
    attempt: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Unchanged:
    """An image that the server says is still the one known."""

    crawl_id: str
    link: Link
    known: Known


Outcome = Stored | Unchanged | PageRead | Failed
End = Outcome | Task
"""What a try at a link came to: an end, or another try."""


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


class LinkFailed(AtlasError):
    """A link that cannot be had. `retry`: another try may go better, after `wait` seconds where the host said so."""

    def __init__(self, reason: str, message: str = "", *, retry: bool = False, wait: float = 0) -> None:
        super().__init__(message or reason, reason=reason)
        self.retry = retry
        self.wait = wait


class NotYet(Exception):
    """The host wants to be left alone for another `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not for another {seconds:.0f} s")
        self.seconds = seconds


class NotModified(Exception):
    """What was asked for is still what is known."""

    def __init__(self, known: Known) -> None:
        super().__init__(known.sha256)
        self.known = known


class Moved(Exception):
    """What was asked for is elsewhere; `to` is absolute."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to
