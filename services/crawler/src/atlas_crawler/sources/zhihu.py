"""Zhihu: the stickers in a question's answers, one answer, a collection, or what a search finds.

Read through the JSON that Zhihu's own pages use, with nothing but the cookie and headers that its user gives, which go
to Zhihu alone, whatever it redirects to.
Where Zhihu asks for a login or a signature, the crawl fails and says so; pages saved in a browser are the way then.
"""

import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from atlas_common.errors import InvalidInput

from atlas_crawler.model.crawls import Origin
from atlas_crawler.model.exceptions import LinkFailed, Moved
from atlas_crawler.model.links import Link, LinkKind
from atlas_crawler.settings import ZhihuSettings
from atlas_crawler.sources.markup import Markup
from atlas_crawler.sources.source import NO_OPTIONS, Found, Page, Reader

INCLUDE = quote("data[*].content,author,question", safe="")
BATCH = 20
STICKER = re.compile(r"v2-[0-9a-f]{32}")
SIZES = ("_r", "", "_hd", "_b", "_720w", "_1440w", "_xll", "_xl", "_l", "_m", "_s", "_xs")  # the largest first
MISSHAPEN = (AttributeError, KeyError, TypeError, ValueError, RecursionError)
"""What reading JSON raises that is in another shape than expected, or none."""
LOGIN = ("signin", "unhuman", "captcha", "login")
ASKED_FOR_LOGIN = (
    "Zhihu asks for a login or a signature here. Give your own cookie in ATLAS_CRAWLER_ZHIHU_COOKIE, or save the pages "
    "in your browser (as HTML or HAR) and crawl them as the source saved"
)


class Zhihu:
    """Locations: an address of a question, answer, collection or search on zhihu.com, a question's id, or words."""

    options = NO_OPTIONS

    def __init__(self, settings: ZhihuSettings) -> None:
        self._api = f"{settings.zhihu_url.rstrip('/')}/api/v4"
        given = {"Cookie": settings.zhihu_cookie, **settings.zhihu_headers}
        self._headers = {name: secret.get_secret_value() for name, secret in given.items() if secret}

    def start(self, origin: Origin) -> Iterable[Link]:
        return [Link(f"{self._api}/{self._path(origin.location.strip())}", LinkKind.PAGE)]

    async def read(self, page: Page, reader: Reader) -> AsyncIterator[Found]:
        try:
            answer = await reader.get(page, self._headers if page.task.at.startswith(self._api) else None)
        except Moved as moved:
            if any(word in moved.to for word in LOGIN):
                raise LinkFailed("login_required", ASKED_FOR_LOGIN) from None
            raise
        except LinkFailed as failure:
            if failure.reason in ("http_401", "http_403"):
                raise LinkFailed("login_required", ASKED_FOR_LOGIN) from None
            raise
        try:
            for link in self._links(parsed(answer.body), page.link):
                yield link
        except MISSHAPEN as error:
            raise LinkFailed("unexpected_reply", f"Zhihu's answer is in another shape than before: {error}") from None

    def _links(self, reply: Mapping[str, Any], page: Link) -> Iterator[Link]:
        for content in contents(reply):
            yield from stickers_of(content, page.url)
        paging = reply.get("paging") or {}
        if not paging.get("is_end", True) and paging.get("next"):
            yield Link(self._ours(paging["next"]), LinkKind.PAGE, page.url, depth=page.depth + 1)

    def _path(self, location: str) -> str:
        parts = urlsplit(location)
        if not location:
            raise InvalidInput("a Zhihu crawl needs an address, a question's id, or words", reason="bad_location")
        if location.isdecimal():
            return f"questions/{location}/answers?include={INCLUDE}&limit={BATCH}&offset=0"
        if match := re.search(r"/answer/(\d+)", parts.path):
            return f"answers/{match[1]}?include=content,author,question"
        if match := re.search(r"/question/(\d+)", parts.path):
            return f"questions/{match[1]}/answers?include={INCLUDE}&limit={BATCH}&offset=0"
        if match := re.search(r"/collection/(\d+)", parts.path):
            return f"collections/{match[1]}/items?limit={BATCH}&offset=0"
        words = parse_qs(parts.query).get("q", [""])[0] if parts.scheme else location
        if not words:
            raise InvalidInput(f"{location!r} is no question, answer, collection or search", reason="bad_location")
        return f"search_v3?t=general&q={quote(words)}&limit={BATCH}&offset=0"

    def _ours(self, address: str) -> str:
        """The next page's address, on the host that this crawl talks to (replies sometimes say http:)."""
        parts = urlsplit(address)
        path = parts.path.partition("/api/v4")[2] or parts.path
        return f"{self._api}{path}?{parts.query}"


def parsed(body: bytes) -> Mapping[str, Any]:
    """A reply as JSON. Raises `LinkFailed` for anything else, and for a reply that asks for a login."""
    try:
        reply = json.loads(body)
    except (ValueError, RecursionError):
        raise LinkFailed("unexpected_reply", "Zhihu did not answer with JSON") from None
    if not isinstance(reply, dict):
        raise LinkFailed("unexpected_reply", "Zhihu's answer is no JSON object")
    if error := reply.get("error"):
        asks = isinstance(error, dict) and (error.get("need_login") or "uthent" in str(error.get("name")))
        text = str(error.get("message") if isinstance(error, dict) else error)
        raise LinkFailed("login_required", ASKED_FOR_LOGIN) if asks else LinkFailed("zhihu_error", text)
    return reply


def contents(reply: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The answers in a reply, which is one itself, or lists them under `content`, `target` or `object`."""
    items = reply.get("data")
    for item in items if isinstance(items, list) else [reply]:
        for key in ("target", "object", "content", None):
            found = item.get(key) if key else item
            if isinstance(found, dict) and isinstance(found.get("content"), str):
                yield found
                break


def stickers_of(content: Mapping[str, Any], page_url: str) -> Iterator[Link]:
    """Each sticker of an answer's HTML once, in its largest form."""
    question = content.get("question") or {}
    title = str(question.get("title") or question.get("name") or content.get("title") or "")
    author = str((content.get("author") or {}).get("name") or "")
    chosen: dict[str, str] = {}
    for url, _ in Markup(str(content["content"]), page_url).images():
        name = _sticker(url)
        if name not in chosen or _rank(url) < _rank(chosen[name]):
            chosen[name] = url
    for url in chosen.values():
        yield Link(url.partition("?")[0], LinkKind.IMAGE, page_url, title, author, depth=1)


def _sticker(url: str) -> str:
    """What one sticker's forms have in common: sizes and image hosts differ."""
    match = STICKER.search(url)
    return match[0] if match else url


def _rank(url: str) -> int:
    stem = urlsplit(url).path.rpartition(".")[0]
    return next((rank for rank, size in enumerate(SIZES) if size and stem.endswith(size)), SIZES.index(""))
