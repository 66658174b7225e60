"""Fetching with manners: robots.txt and the host's pace first, and what a page or image says about its use."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
from atlas_common.held import Room

from atlas_crawler.model.exceptions import LinkFailed, Moved, NotModified
from atlas_crawler.model.links import Known, Task
from atlas_crawler.web.client import Answer, WebClient, check_url
from atlas_crawler.web.pacing import Pacing
from atlas_crawler.web.robots import PRODUCT, Robots

OVERRUN = frozenset({"http_429", "http_503", "timeout"})
VALUED = ("max-image-preview", "max-snippet", "max-video-preview", "unavailable_after")  # rules that have a colon, too
REFUSING = frozenset({"noai", "noimageai", "noimageindex", "noindex", "none"})


class CourteousClient:
    def __init__(self, client: WebClient, robots: Robots, pacing: Pacing, redirects: int) -> None:
        self._client = client
        self._robots = robots
        self._pacing = pacing
        self._redirects = redirects

    async def get(self, task: Task, cap: int, room: Room, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer, after redirects within the host. `room` is asked for before its body is read.

        Raises `Moved` for another host, whose own budget then holds, and `NotModified` for what is known already.
        """
        async with self._answer(task, cap, _conditions(task.known) if task.known else headers) as (url, answer, chunks):
            await room(_most_bytes(answer, cap))
            body = bytearray()
            async for chunk in chunks:
                body += chunk  # a list of chunks would take as much again until they are joined
            return Answer(url, answer.headers, bytes(body))

    @asynccontextmanager
    async def stream(self, task: Task, cap: int, seconds: float) -> AsyncIterator[AsyncIterator[bytes]]:
        """As `get`, for what is too large to hold, and may take so long."""
        async with self._answer(task, cap, None, seconds) as (_, _, chunks):
            yield chunks

    @asynccontextmanager
    async def _answer(
        self, task: Task, cap: int, headers: Mapping[str, str] | None, seconds: float | None = None
    ) -> AsyncIterator[tuple[str, aiohttp.ClientResponse, AsyncIterator[bytes]]]:
        url = task.at
        async with AsyncExitStack() as stack:
            for hops in range(task.hops, self._redirects + 1):
                check_url(url)
                host = _host(url)
                rules = await self._robots.rules(url)
                rules.check(url)
                await self._pacing.turn(host, rules.delay)
                try:
                    answer, chunks = await stack.enter_async_context(self._client.stream(url, cap, headers, seconds))
                except LinkFailed as failure:
                    if task.known and failure.reason == "http_304":
                        raise NotModified(task.known) from None
                    if failure.reason in OVERRUN:
                        await self._pacing.slow_down(host, failure.wait)
                    raise
                except Moved as moved:
                    if hops < self._redirects and not _stays(url, moved.to):
                        raise
                    url = moved.to
                else:
                    check_use(answer.headers.getall("X-Robots-Tag", ()))
                    yield url, answer, chunks
                    return
            raise LinkFailed("too_many_redirects", f"more than {self._redirects} redirects in a row")


def _host(url: str) -> str:
    """Host and port, whoever the address would have us be there."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def _stays(url: str, to: str) -> bool:
    """Whether a redirect stays with the host, and does not tell everybody on the way what was for the host alone."""
    return _host(url) == _host(to) and (urlsplit(url).scheme, urlsplit(to).scheme) != ("https", "http")


def _most_bytes(answer: aiohttp.ClientResponse, cap: int) -> int:
    """How long the body may be, once it is decompressed."""
    packed = "Content-Encoding" in answer.headers
    return cap if packed or answer.content_length is None else answer.content_length


def _conditions(known: Known) -> dict[str, str]:
    """Headers that ask for an answer only if it differs from what is known."""
    asked = {"If-None-Match": known.validators.etag, "If-Modified-Since": known.validators.last_modified}
    return {name: value for name, value in asked.items() if value}


def check_use(tags: Iterable[str]) -> None:
    """Raises `LinkFailed` when an X-Robots-Tag, or a page's meta tag, addressed to all or to us, forbids our use."""
    for tag in tags:
        agent, rules = _addressed(tag.lower())
        refused = REFUSING.intersection(rule.strip() for rule in rules.split(","))
        if refused and agent in ("*", PRODUCT.lower()):
            raise LinkFailed("use_refused", f"the site forbids this use of it: {', '.join(sorted(refused))}")


def _addressed(tag: str) -> tuple[str, str]:
    """Whom a tag is for, * where it names nobody, and its rules."""
    agent, colon, rules = tag.partition(":")
    names_agent = colon and "," not in agent and agent.strip() not in VALUED
    return (agent.strip(), rules) if names_agent else ("*", tag)
