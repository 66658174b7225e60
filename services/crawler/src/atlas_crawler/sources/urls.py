"""A list of image addresses: given with the crawl, or a text file with one address a line."""

from collections.abc import AsyncIterator, Iterable

from atlas_common.errors import InvalidInput

from atlas_crawler.model import Link, LinkKind, Origin
from atlas_crawler.sources.locations import as_url, canonical
from atlas_crawler.sources.source import Found, Page, Reader


class UrlList:
    """Option: `urls`, addresses one a line, in place of a location."""

    def start(self, origin: Origin) -> Iterable[Link]:
        if origin.location:
            return [Link(as_url(origin.location), LinkKind.PAGE)]
        links = [Link(canonical(url), LinkKind.IMAGE) for url in origin.options.get("urls", "").split()]
        if not links:
            raise InvalidInput("a URL list needs a location, or addresses in its option urls", reason="bad_location")
        return links

    async def read(self, page: Page, reader: Reader) -> AsyncIterator[Found]:
        async with reader.open(page) as path:
            with path.open(encoding="utf-8", errors="replace") as lines:
                for line in filter(None, map(str.strip, lines)):
                    yield Link(line, LinkKind.IMAGE, page.link.url)
