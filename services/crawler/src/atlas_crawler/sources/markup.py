"""What HTML says: the images on a page in their largest form, and the links away from it."""

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from atlas_common.errors import InvalidInput
from selectolax.lexbor import LexborHTMLParser, LexborNode

from atlas_crawler.sources.locations import canonical
from atlas_crawler.web.robots import PRODUCT

LAZY_ATTRIBUTES = ("data-original", "data-actualsrc", "data-src", "src")


class Markup:
    """An HTML page at an address."""

    def __init__(self, html: bytes | str, url: str) -> None:
        self._tree = LexborHTMLParser(html)
        base = self._tree.css_first("base[href]")
        self._base = urljoin(url, attribute(base, "href")) if base else url

    @property
    def title(self) -> str:
        title = self._tree.css_first("title")
        return title.text(strip=True) if title else ""

    @property
    def robots(self) -> list[str]:
        """What the page's meta tags for robots say, and those for us."""
        ours = (f'meta[name="{name}" i]' for name in ("robots", PRODUCT))
        return [attribute(node, "content") for node in self._tree.css(", ".join(ours))]

    def images(self) -> Iterator[tuple[str, str]]:
        """Address and description of every image, also of those inside <noscript>."""
        for node in self._tree.css("img, source[srcset]"):
            if url := self._resolved(largest(node)):
                yield url, attribute(node, "alt") or attribute(node, "title")
        for node in self._tree.css("noscript"):
            yield from Markup(node.text(deep=True), self._base).images() if "<img" in node.text(deep=True) else ()

    def links(self) -> Iterator[tuple[str, str]]:
        """Address and text of every link."""
        for node in self._tree.css("a[href]"):
            if url := self._resolved(attribute(node, "href")):
                yield url, node.text(strip=True)

    def script(self, identifier: str) -> str:
        """The text of the script with this id."""
        node = self._tree.css_first(f"script#{identifier}")
        return node.text(deep=True) if node else ""

    def _resolved(self, address: str) -> str | None:
        try:
            url = urljoin(self._base, address.strip())
            return canonical(url) if address and urlsplit(url).scheme in ("http", "https") else None
        except (ValueError, InvalidInput):
            return None


def attribute(node: LexborNode, name: str) -> str:
    return node.attributes.get(name) or ""


def largest(node: LexborNode) -> str:
    """The address of an image in its largest form: what `srcset` calls widest, else what lazy loading would show."""
    candidates = [candidate.split() for candidate in attribute(node, "srcset").split(", ")]
    sized = [(float(pair[1][:-1]), pair[0]) for pair in candidates if len(pair) == 2 and _is_number(pair[1][:-1])]
    if sized:
        return max(sized)[1]
    return next((value for name in LAZY_ATTRIBUTES if (value := attribute(node, name))), "")


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()
