"""robots.txt by RFC 9309: fetched once a host and kept for a while, whatever the outcome."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from protego import Protego

from atlas_crawler.model.exceptions import LinkFailed, Moved

PRODUCT = "StickerAtlas"
BYTES = 500 * 1024  # RFC 9309 §2.5 asks for at least this much to be read
REDIRECTS = 5  # §2.3.1.2
DAY = 24 * 3600.0
SOON = 60.0
HOSTS = 10_000
UNREACHED = frozenset({"address_refused", "dns_failed", "tls_failed", "connection_failed", "bad_url", "timeout"})


class Getter(Protocol):
    async def start_of(self, url: str, size: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Rules:
    """What a site's robots.txt says; without `parsed`, `failure` says why it could not be read."""

    until: float
    parsed: Protego | None = None
    failure: LinkFailed | None = None

    def check(self, url: str) -> None:
        """Raises `LinkFailed` for an address that may not be fetched."""
        if self.failure is not None:
            raise self.failure.with_traceback(None)  # else it would keep the frames of all who were refused before
        if self.parsed is not None and not self.parsed.can_fetch(url, PRODUCT):
            raise LinkFailed("robots_disallowed", "the site's robots.txt forbids this address")

    @property
    def delay(self) -> float:
        """Seconds that the host asks to leave between two requests."""
        return float((self.parsed and self.parsed.crawl_delay(PRODUCT)) or 0)


class Robots:
    """What each host allows. A host that fails to say disallows everything for the moment (§2.3.1.4)."""

    def __init__(self, getter: Getter) -> None:
        self._getter = getter
        self._known: OrderedDict[str, asyncio.Task[Rules]] = OrderedDict()

    async def rules(self, url: str) -> Rules:
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"
        task = self._known.get(site)
        if task is None or (task.done() and _stale(task)):
            task = self._known[site] = asyncio.create_task(self._load(f"{site}/robots.txt"))
            if len(self._known) > HOSTS:
                self._known.popitem(last=False)
        return await asyncio.shield(task)

    async def _load(self, url: str) -> Rules:
        for _ in range(REDIRECTS + 1):
            try:
                text = await self._getter.start_of(url, BYTES)
            except Moved as moved:
                url = moved.to
            except LinkFailed as failure:
                return _rules_after(failure)
            else:
                return _rules_in(text.decode("utf-8", "replace"))
        return _rules_in("")  # too many redirects count as unavailable, which allows all


def _stale(task: asyncio.Task[Rules]) -> bool:
    return task.cancelled() or task.exception() is not None or task.result().until < time.monotonic()


def _rules_in(text: str) -> Rules:
    return Rules(time.monotonic() + DAY, Protego.parse(text))


def _rules_after(failure: LinkFailed) -> Rules:
    """Missing rules allow everything (§2.3.1.3); a host that can't be asked allows nothing (§2.3.1.4)."""
    if failure.reason.startswith("http_4") and failure.reason != "http_429":
        return _rules_in("")
    if failure.reason in UNREACHED:
        return Rules(time.monotonic() + SOON, failure=failure)
    unread = LinkFailed("robots_unreachable", "the site's robots.txt can't be read, which forbids all", retry=True)
    return Rules(time.monotonic() + SOON, failure=unread)
