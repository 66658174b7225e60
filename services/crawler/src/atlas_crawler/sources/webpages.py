"""Web pages: the images on a page, and the pages of the same site that it links to."""

from collections.abc import AsyncIterator, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from urllib.parse import urljoin, urlsplit

from atlas_common.errors import InvalidInput
from selectolax.lexbor import LexborHTMLParser, LexborNode

from atlas_crawler.model import Link, LinkKind, Origin
from atlas_crawler.sources.locations import as_url, canonical
from atlas_crawler.sources.source import Found, Page, Reader
from atlas_crawler.web.client import Answer
from atlas_crawler.web.courteous import check_use

IMAGE_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".bmp", ".tif", ".tiff", ".ico"})
LAZY_ATTRIBUTES = ("data-original", "data-actualsrc", "data-src", "src")


class WebPages:
    """Options: `include` and `exclude` (shell patterns of page addresses), `anywhere` ("yes" leaves the site)."""

    def start(self, origin: Origin) -> Iterable[Link]:
        url = as_url(origin.location)
        if not url.startswith("http"):
            raise InvalidInput("web pages start from an http(s) address", reason="bad_location")
        return [Link(url, LinkKind.PAGE)]

    async def read(self, page: Page, reader: Reader) -> AsyncIterator[Found]:
        answer = await reader.get(page)
        if answer.content_type.startswith("image/"):
            yield Link(page.link.url, LinkKind.IMAGE, page.link.page_url, page.link.title)
        elif answer.content_type in ("text/html", "application/xhtml+xml", ""):
            for link in links_in(answer, page):
                yield link


def links_in(answer: Answer, page: Page) -> Iterator[Link]:
    """The images of an HTML page and, while the depth allows, the pages it links to."""
    tree = LexborHTMLParser(answer.body)
    robots = [node.attributes.get("content") or "" for node in tree.css('meta[name="robots" i]')]
    check_use(robots)
    title = tree.css_first("title")
    title_text = title.text(strip=True) if title else ""
    base = tree.css_first("base[href]")
    base_url = urljoin(answer.url, _attribute(base, "href")) if base else answer.url
    depth = page.link.depth + 1
    follow = depth <= page.origin.limits.depth and not any("nofollow" in content.lower() for content in robots)
    for node in tree.css("img, source[srcset], a[href]"):
        text = _attribute(node, "alt") or _attribute(node, "title") or title_text
        address = _attribute(node, "href") if node.tag == "a" else _largest(node)
        url = _resolved(base_url, address)
        if url is None:
            continue
        if node.tag != "a" or _names_an_image(url):
            yield Link(url, LinkKind.IMAGE, page.link.url, text, depth=depth)
        elif follow and _may_follow(url, page.origin):
            yield Link(url, LinkKind.PAGE, page.link.url, depth=depth)


def _attribute(node: LexborNode, name: str) -> str:
    return node.attributes.get(name) or ""


def _largest(node: LexborNode) -> str:
    """The address of an image in its largest form: what `srcset` calls widest, else what lazy loading would show."""
    candidates = [candidate.split() for candidate in _attribute(node, "srcset").split(", ") if candidate.strip()]
    sized = [(float(size[:-1]), url) for url, size in (c for c in candidates if len(c) == 2) if _is_number(size[:-1])]
    if sized:
        return max(sized)[1]
    return next((value for name in LAZY_ATTRIBUTES if (value := _attribute(node, name))), "")


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()


def _resolved(base: str, address: str) -> str | None:
    try:
        url = urljoin(base, address.strip())
        return canonical(url) if address and urlsplit(url).scheme in ("http", "https") else None
    except (ValueError, InvalidInput):
        return None


def _names_an_image(url: str) -> bool:
    return PurePosixPath(urlsplit(url).path).suffix.lower() in IMAGE_ENDINGS


def _may_follow(url: str, origin: Origin) -> bool:
    same_site = urlsplit(url).netloc == urlsplit(origin.location).netloc
    include, exclude = origin.options.get("include", "*"), origin.options.get("exclude", "")
    wanted = fnmatchcase(url, include) and not fnmatchcase(url, exclude)
    return wanted and (same_site or origin.options.get("anywhere") == "yes")
