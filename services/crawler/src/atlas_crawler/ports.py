"""What the use cases need from the outside. Whatever is asynchronous raises `Unavailable` where a part is away."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from atlas_common.held import Room

from atlas_crawler.model.crawls import Crawl, CrawlState, Progress
from atlas_crawler.model.links import Accepted, Known, Link, Task, Validators
from atlas_crawler.model.outcomes import Outcome, Picture


class Crawls(Protocol):
    """Every crawl and its state. `get` and `recent` raise `NotFound`; what `recent` says may be a moment old."""

    async def all(self) -> list[Crawl]: ...
    async def get(self, crawl_id: str) -> Crawl: ...
    async def recent(self, crawl_id: str) -> Crawl: ...
    async def add(self, crawl: Crawl) -> None: ...
    async def change(self, crawl: Crawl, state: CrawlState, detail: str = "") -> Crawl: ...


class Ledger(Protocol):
    """Which links were accepted, and how each of them ended."""

    async def accept(self, crawl: Crawl, links: Iterable[Link]) -> Accepted: ...
    async def known(self, links: Iterable[Link]) -> dict[str, Known]: ...
    async def progress(self, crawl_id: str) -> Progress: ...
    async def open_links(self, crawl_id: str) -> list[Link]: ...
    async def forget_failures(self, crawl_id: str, reasons: Sequence[str]) -> None: ...
    async def page_failure(self, crawl_id: str) -> str: ...
    async def has_image(self, sha256: str) -> bool: ...


class Results(Protocol):
    async def write(self, outcomes: Iterable[Outcome]) -> None:
        """Return once the outcomes are in the tables, and new images on the embedding queue."""
        ...


class WorkQueue(Protocol):
    """Tries that are still to be made."""

    async def put(self, crawl_id: str, tasks: Iterable[Task]) -> None: ...

    async def left(self, crawl_id: str) -> int:
        """How many jobs of a crawl wait or are being worked on."""
        ...


class Images(Protocol):
    async def image(self, task: Task, room: Room) -> tuple[bytes, Validators]:
        """The bytes of an image, and what to ask for it by later; `room` is asked for them before they are read.

        Raises `LinkFailed`, `Moved`, `NotModified` and `NotYet`.
        """
        ...


class Inspector(Protocol):
    async def inspect(self, content: bytes) -> Picture:
        """Describe a picture. Raises `LinkFailed` for one that can't be kept."""
        ...


class Takedowns(Protocol):
    """Each check raises `LinkFailed` for what was taken down."""

    def check_link(self, task: Task) -> None: ...
    def check_image(self, sha256: str) -> None: ...


class Objects(Protocol):
    async def put(self, key: str, content: bytes) -> None: ...
