"""Pages saved in a browser: HTML with the folder beside it, or HAR files, which hold the images themselves."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

from atlas_crawler.model.crawls import Origin
from atlas_crawler.model.exceptions import LinkFailed, too_large
from atlas_crawler.model.links import Link, LinkKind
from atlas_crawler.sources.locations import as_url
from atlas_crawler.sources.markup import Markup
from atlas_crawler.sources.source import NO_OPTIONS, Found, Page, Part, Reader
from atlas_crawler.sources.zhihu import MISSHAPEN, contents, stickers_of

LARGEST = 512 * 1024 * 1024
ANSWERS = ("initialState", "entities", "answers")


class SavedPages:
    """Location: an .html or .har file."""

    options = NO_OPTIONS

    def start(self, origin: Origin) -> Iterable[Link]:
        return [Link(as_url(origin.location), LinkKind.PAGE)]

    async def read(self, page: Page, reader: Reader) -> AsyncIterator[Found]:
        async with reader.open(page) as path:
            await reader.room(2 * _size(path))  # its bytes, and the images in them
            content = await asyncio.to_thread(path.read_bytes)
        in_har = content.lstrip()[:1] == b"{"
        for item in _in_har(content, page, reader.largest_image) if in_har else _in_html(content, page):
            yield item


def _size(path: Path) -> int:
    size = path.stat().st_size
    if size > LARGEST:
        raise too_large(LARGEST)
    return size


def _in_html(content: bytes, page: Page) -> Iterator[Found]:
    """The images of the page, and those of the Zhihu answers that its scripts carry along."""
    markup = Markup(content, page.link.url)
    for url, text in markup.images():
        yield Link(url, LinkKind.IMAGE, page.link.url, text or markup.title, depth=1)
    try:
        answers: Any = json.loads(markup.script("js-initialData") or "{}")
        for key in ANSWERS:
            answers = answers.get(key, {})
        for answer in answers.values():
            yield from stickers_of(answer, page.link.url)
    except MISSHAPEN:
        raise LinkFailed("unexpected_page", "the page's data is not in the shape that Zhihu saves") from None


def _in_har(content: bytes, page: Page, largest: int) -> Iterator[Found]:
    """The images that it holds, those of more than `largest` bytes as failures, and those that its replies name."""
    try:
        entries = json.loads(content)["log"]["entries"]
        for entry in entries:
            yield from _in_entry(entry, page, largest)
    except MISSHAPEN as error:
        raise LinkFailed("broken_har", f"this is no HAR file: {error}") from None


def _in_entry(entry: dict[str, Any], page: Page, largest: int) -> Iterator[Found]:
    url, reply = str(entry["request"]["url"]), entry["response"]["content"]
    kind, text = str(reply.get("mimeType", "")), str(reply.get("text", ""))
    if kind.startswith("image/") and text:
        image = base64.b64decode(text) if reply.get("encoding") == "base64" else text.encode()
        kept = image if len(image) <= largest else too_large(largest)
        yield Part(Link(f"{page.link.url}#{url}", LinkKind.PART, page.link.url, depth=1), kept)
    elif "json" in kind and "/api/v4/" in url and text:
        for content in contents(json.loads(text)):
            yield from stickers_of(content, url)
