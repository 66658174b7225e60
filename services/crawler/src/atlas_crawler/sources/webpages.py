"""Web pages: the images on a page, and the pages of the same site that it links to."""

from collections.abc import AsyncIterator, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from atlas_common.errors import InvalidInput

from atlas_crawler.model.crawls import Origin
from atlas_crawler.model.links import Link, LinkKind
from atlas_crawler.sources.locations import as_url
from atlas_crawler.sources.markup import Markup
from atlas_crawler.sources.source import Found, Page, Part, Reader
from atlas_crawler.web.courteous import check_use

IMAGE_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".bmp", ".tif", ".tiff", ".ico"})
HTML = frozenset({"text/html", "application/xhtml+xml", ""})


class WebPages:
    """Options: `include` and `exclude` (shell patterns of page addresses), `anywhere` ("yes" leaves the site)."""

    options = frozenset({"include", "exclude", "anywhere"})

    def start(self, origin: Origin) -> Iterable[Link]:
        url = as_url(origin.location)
        if not url.startswith("http"):
            raise InvalidInput("web pages start from an http(s) address", reason="bad_location")
        return [Link(url, LinkKind.PAGE)]

    async def read(self, page: Page, reader: Reader) -> AsyncIterator[Found]:
        answer = await reader.get(page)
        if answer.content_type.startswith("image/"):
            yield Part(Link(f"{page.link.url}#", LinkKind.PART, page.link.url), answer.body)
        elif answer.content_type in HTML:
            for link in links_in(Markup(answer.body, answer.url), page):
                yield link


def links_in(markup: Markup, page: Page) -> Iterator[Link]:
    """The images of a page and, while the depth allows, the pages it links to. Raises `LinkFailed` for noai."""
    check_use(markup.robots)
    title, depth = markup.title, page.link.depth + 1
    for url, text in markup.images():
        yield Link(url, LinkKind.IMAGE, page.link.url, text or title, depth=depth)
    follow = depth <= page.origin.limits.depth and not any("nofollow" in words.lower() for words in markup.robots)
    for url, text in markup.links():
        if _names_an_image(url):
            yield Link(url, LinkKind.IMAGE, page.link.url, text or title, depth=depth)
        elif follow and _may_follow(url, page.origin):
            yield Link(url, LinkKind.PAGE, page.link.url, depth=depth)


def _names_an_image(url: str) -> bool:
    return PurePosixPath(urlsplit(url).path).suffix.lower() in IMAGE_ENDINGS


def _may_follow(url: str, origin: Origin) -> bool:
    same_site = _site(url) == _site(as_url(origin.location))
    include, exclude = origin.options.get("include", "*"), origin.options.get("exclude", "")
    wanted = fnmatchcase(url, include) and not fnmatchcase(url, exclude)
    return wanted and (same_site or origin.options.get("anywhere") == "yes")


def _site(url: str) -> str:
    """Its host and port; sites are known with and without www."""
    return urlsplit(url).netloc.removeprefix("www.")
