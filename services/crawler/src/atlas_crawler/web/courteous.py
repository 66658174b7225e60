"""Fetching with manners: robots.txt first, redirects within the host, and what a page or image says about its use."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import aiohttp

from atlas_crawler.model import LinkFailed, Moved, Task
from atlas_crawler.web.client import Answer, WebClient
from atlas_crawler.web.robots import PRODUCT, Robots

REFUSING = frozenset({"noai", "noimageai", "noimageindex", "noindex", "none"})


class CourteousClient:
    def __init__(self, client: WebClient, robots: Robots, redirects: int) -> None:
        self._client = client
        self._robots = robots
        self._redirects = redirects

    async def get(self, task: Task, cap: int) -> Answer:
        """The answer, after redirects within the host; `Moved` to another host, whose own budget then holds."""
        async with self._answer(task, cap) as (url, answer, chunks):
            return Answer(url, answer.headers, b"".join([chunk async for chunk in chunks]))

    @asynccontextmanager
    async def stream(self, task: Task, cap: int) -> AsyncIterator[AsyncIterator[bytes]]:
        """As `get`, for what is too large to hold."""
        async with self._answer(task, cap) as (_, _, chunks):
            yield chunks

    @asynccontextmanager
    async def _answer(
        self, task: Task, cap: int
    ) -> AsyncIterator[tuple[str, aiohttp.ClientResponse, AsyncIterator[bytes]]]:
        url = task.at
        async with AsyncExitStack() as stack:
            for hops in range(task.hops, self._redirects + 1):
                (await self._robots.rules(url)).check(url)
                try:
                    answer, chunks = await stack.enter_async_context(self._client.stream(url, cap))
                except Moved as moved:
                    if hops < self._redirects and urlsplit(url).netloc != urlsplit(moved.to).netloc:
                        raise
                    url = moved.to
                else:
                    check_use(answer.headers.getall("X-Robots-Tag", ()))
                    yield url, answer, chunks
                    return
            raise LinkFailed("too_many_redirects", f"more than {self._redirects} redirects in a row")


def check_use(tags: Iterable[str]) -> None:
    """Raises `LinkFailed` when an X-Robots-Tag, or a page's meta tag, addressed to all or to us, forbids our use."""
    for tag in tags:
        agent, colon, rest = tag.partition(":")
        if colon and agent.strip().lower() not in ("*", PRODUCT.lower()):
            continue
        refused = REFUSING.intersection(word.strip().lower() for word in (rest if colon else tag).split(","))
        if refused:
            raise LinkFailed("use_refused", f"the site forbids this use of it: {', '.join(sorted(refused))}")
