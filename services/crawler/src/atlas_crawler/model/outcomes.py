"""What tries at links come to."""

from dataclasses import dataclass

from atlas_crawler.model.links import NO_VALIDATORS, Known, Link, Task, Validators


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
    """An image of `size` bytes, fetched, checked and put into the bucket."""

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
