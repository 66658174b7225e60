"""Reads sources against pages that lie here."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from atlas_crawler.model.crawls import Limits, Origin
from atlas_crawler.model.links import Link, LinkKind, Task
from atlas_crawler.sources.source import Found, Page, Source
from atlas_crawler.web.client import Answer
from multidict import CIMultiDict, CIMultiDictProxy

SITE = "https://site.example/"


class Shelf:
    """A reader of pages that lie here."""

    largest_image = 100_000

    def __init__(self, page: bytes | Exception, kind: str = "text/html", path: Path | None = None) -> None:
        self.page = page
        self.kind = kind
        self.path = path
        self.headers: Mapping[str, str] | None = None
        self.asked: list[int] = []

    async def room(self, size: int) -> None:
        self.asked.append(size)

    async def get(self, page: Page, headers: Mapping[str, str] | None = None) -> Answer:
        self.headers = headers
        if isinstance(self.page, Exception):
            raise self.page
        return Answer(page.task.at, CIMultiDictProxy(CIMultiDict({"Content-Type": self.kind})), self.page)

    @asynccontextmanager
    async def open(self, page: Page) -> AsyncIterator[Path]:
        assert self.path is not None
        yield self.path


async def read(
    source: Source, shelf: Shelf, url: str = SITE, depth: int = 3, start: str = "", **options: str
) -> list[Found]:
    origin = Origin("", start or url, Limits(depth, 100, 100), options)
    page = Page(Task.first(Link(url, LinkKind.PAGE)), origin)
    return [found async for found in source.read(page, shelf)]


def images(found: list[Found]) -> list[str]:
    return [item.url for item in found if isinstance(item, Link) and item.kind is LinkKind.IMAGE]


def pages(found: list[Found]) -> list[str]:
    return [item.url for item in found if isinstance(item, Link) and item.kind is LinkKind.PAGE]
