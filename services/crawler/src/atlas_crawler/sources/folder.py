"""A folder that the crawler can see: every file in it, however deep, is taken for an image."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from pathlib import Path

from atlas_crawler.model.crawls import Origin
from atlas_crawler.model.links import Link, LinkKind
from atlas_crawler.sources.locations import as_url, text_of
from atlas_crawler.sources.source import NO_OPTIONS, Found, Page, Reader

AT_ONCE = 256


class Folder:
    options = NO_OPTIONS

    def start(self, origin: Origin) -> Iterable[Link]:
        return [Link(as_url(origin.location), LinkKind.PAGE)]

    async def read(self, page: Page, reader: Reader) -> AsyncIterator[Found]:
        async with reader.open(page) as folder:
            files = _files(folder)
            while some := await asyncio.to_thread(lambda: list(islice(files, AT_ONCE))):
                for path in some:
                    title = text_of(str(path.relative_to(folder).with_suffix("")))
                    yield Link(path.as_uri(), LinkKind.IMAGE, page.link.url, title, depth=1)


def _files(folder: Path) -> Iterator[Path]:
    """Regular files, in order; hidden ones and symbolic links are left out."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if not name.startswith(".") and not path.is_symlink():
                yield path
