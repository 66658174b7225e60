"""Sitemaps (sitemaps.org, with the image extension): the images they name, and the images on the pages they name."""

import gzip
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator
from xml.etree import ElementTree

from atlas_crawler.model.crawls import Origin
from atlas_crawler.model.exceptions import LinkFailed, too_large
from atlas_crawler.model.links import Link, LinkKind
from atlas_crawler.sources.locations import as_url
from atlas_crawler.sources.markup import Markup
from atlas_crawler.sources.source import NO_OPTIONS, Found, Page, Reader
from atlas_crawler.sources.webpages import HTML, links_in

LARGEST = 50 * 1024 * 1024  # the protocol's own limit for one sitemap


class Sitemap:
    """Location: the address of a sitemap or of a sitemap index, compressed or not."""

    options = NO_OPTIONS

    def start(self, origin: Origin) -> Iterable[Link]:
        return [Link(as_url(origin.location), LinkKind.PAGE)]

    async def read(self, page: Page, reader: Reader) -> AsyncIterator[Found]:
        answer = await reader.get(page)
        if answer.content_type in HTML:
            for link in links_in(Markup(answer.body, answer.url), page):
                if link.kind is LinkKind.IMAGE:
                    yield link
        else:
            for link in _listed(_inflated(answer.body), page):
                yield link


def _inflated(body: bytes) -> bytes:
    if body[:2] != b"\x1f\x8b":
        return body
    try:
        inflated = zlib.decompressobj(wbits=31).decompress(body, LARGEST + 1)
    except (zlib.error, gzip.BadGzipFile) as error:
        raise LinkFailed("broken_sitemap", str(error)) from None
    if len(inflated) > LARGEST:
        raise too_large(LARGEST)
    return inflated


def _listed(xml: bytes, page: Page) -> Iterator[Link]:
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise LinkFailed("broken_sitemap", "a sitemap has no business with document types")
    try:
        text = xml.decode("utf-8-sig")  # in another encoding a document type would go unnoticed
        root = ElementTree.fromstring(text)  # noqa: S314 - without a document type there are no entities to expand
    except (UnicodeDecodeError, ElementTree.ParseError) as error:
        raise LinkFailed("broken_sitemap", str(error)) from None
    for node in root.iter():
        name = node.tag.rpartition("}")[2]
        address = (node.text or "").strip()
        if name == "loc" and address.startswith("http"):
            is_image = "sitemap-image" in node.tag
            kind = LinkKind.IMAGE if is_image else LinkKind.PAGE
            yield Link(address, kind, page.link.url, depth=page.link.depth + 1)
