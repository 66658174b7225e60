"""What every source is: it says where a crawl starts, and turns a page into what is found on it."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from atlas_common.held import Room

from atlas_crawler.model.crawls import Origin
from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.links import Link, Task
from atlas_crawler.web.client import Answer

PART_BYTES_AT_ONCE = 16 * 1024 * 1024
"""Bytes of parts that are taken together, an image more or less."""


@dataclass(frozen=True, slots=True)
class Part:
    """An image whose bytes come with its page, e.g. a member of an archive; or the reason why they can't be had."""

    link: Link
    content: bytes | LinkFailed


Found = Link | Part


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be read, in the crawl that asks for it."""

    task: Task
    origin: Origin

    @property
    def link(self) -> Link:
        return self.task.link


class Reader(Protocol):
    """How sources reach what they read. All raise `LinkFailed`, `Moved` and `NotYet`."""

    async def get(self, page: Page, headers: Mapping[str, str] | None = None) -> Answer:
        """The page over HTTP, held in memory."""
        ...

    def open(self, page: Page) -> AbstractAsyncContextManager[Path]:
        """The page as a file: downloaded, or where it lies in a folder that may be read."""
        ...

    @property
    def room(self) -> Room:
        """Asked for what a source holds in memory of an open page, before it is read.

        What was found until then is taken first, and the room that it had is given back.
        """
        ...

    @property
    def largest_image(self) -> int:
        """The most bytes that an image may have."""
        ...


NO_OPTIONS: frozenset[str] = frozenset()


class Source(Protocol):
    @property
    def options(self) -> frozenset[str]:
        """Names of the options that a crawl may set."""
        ...

    def start(self, origin: Origin) -> Iterable[Link]:
        """The links that a crawl starts from. Raises `InvalidInput` for an origin that can't be crawled."""
        ...

    def read(self, page: Page, reader: Reader) -> AsyncIterator[Found]:
        """What is found on a page, as it is read."""
        ...
