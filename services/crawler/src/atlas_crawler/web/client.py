"""One HTTP request: within its caps, without following redirects, with every way to fail named."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from atlas_crawler.model.exceptions import LinkFailed, Moved, too_large
from atlas_crawler.model.links import Validators
from atlas_crawler.settings import FetchSettings
from atlas_crawler.web.addresses import AddressGuard, AddressRefused
from atlas_crawler.web.retry_after import seconds_to_wait

REDIRECTS = frozenset({301, 302, 303, 307, 308})
WORTH_A_RETRY = frozenset({408, 425, 429, 500, 502, 503, 504})
CHUNK = 64 * 1024
LONGEST_HOST = 253  # characters of a name in the DNS (RFC 1035 §2.3.4)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, and at which address in the end."""

    url: str
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def validators(self) -> Validators:
        return Validators(self.headers.get("ETag", ""), self.headers.get("Last-Modified", ""))

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()


class WebClient:
    """Sends requests. Each raises `Moved` for a redirect and `LinkFailed` for everything else that is no answer."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def start_of(self, url: str, size: int) -> bytes:
        """The first bytes of an answer that may be longer."""
        start = b""
        async with self.stream(url, cap=1 << 40) as (_, chunks):
            async for chunk in chunks:
                start += chunk
                if len(start) >= size:
                    break
        return start[:size]

    @asynccontextmanager
    async def stream(
        self, url: str, cap: int, headers: Mapping[str, str] | None = None, seconds: float | None = None
    ) -> AsyncIterator[tuple[aiohttp.ClientResponse, AsyncIterator[bytes]]]:
        """The answer with its body in chunks, for what is too large to hold. seconds: for all of it, else as usual."""
        check_url(url)
        timeout = self._session.timeout
        if seconds:
            timeout = aiohttp.ClientTimeout(seconds, sock_connect=timeout.sock_connect, sock_read=timeout.sock_read)
        try:
            async with self._session.get(
                URL(url, encoded="%" in url), headers=headers, allow_redirects=False, timeout=timeout
            ) as answer:
                _check_status(url, answer)
                if (answer.content_length or 0) > cap:
                    raise too_large(cap)
                yield answer, _chunks(answer, cap)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _named(error) from error


def open_session(settings: FetchSettings) -> aiohttp.ClientSession:
    """A session that connects to permitted addresses only, keeps no cookies, and says who it is."""
    guard = AddressGuard(settings.allow_networks)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, socket_factory=guard.socket, keepalive_timeout=30),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": settings.user_agent, "Accept-Encoding": "identity"},
        timeout=aiohttp.ClientTimeout(
            total=settings.total_seconds,
            sock_connect=settings.connect_seconds,
            sock_read=settings.read_seconds,
        ),
        max_line_size=8190,
        max_field_size=8190,
    )


def check_url(url: str) -> None:
    """Raises `LinkFailed` for what is no http(s) address with a host."""
    try:
        parts = urlsplit(url)
        has_host = 0 < len(parts.hostname or "") <= LONGEST_HOST and parts.port != 0
    except ValueError as error:
        raise LinkFailed("bad_url", str(error)) from None
    if parts.scheme not in ("http", "https"):
        raise LinkFailed("scheme_refused", f"only http and https are fetched, not {parts.scheme or 'nothing'}:")
    if not has_host:
        raise LinkFailed("bad_url", "the address names no host")


def _check_status(url: str, answer: aiohttp.ClientResponse) -> None:
    if answer.status in REDIRECTS:
        location = answer.headers.get("Location")
        if not location:
            raise LinkFailed("bad_redirect", "a redirect without a Location")
        to = urljoin(url, location)
        check_url(to)
        raise Moved(to)
    if answer.status not in (200, 203):
        retry = answer.status in WORTH_A_RETRY
        wait = seconds_to_wait(answer.headers.get("Retry-After", ""))
        raise LinkFailed(f"http_{answer.status}", f"the server answered {answer.status}", retry=retry, wait=wait)


async def _chunks(answer: aiohttp.ClientResponse, cap: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in answer.content.iter_chunked(CHUNK):
        size += len(chunk)
        if size > cap:
            raise too_large(cap)
        yield chunk


def _named(error: Exception) -> LinkFailed:
    """The failure's reason; what a network does badly once, it may do well the next time."""
    text = str(error) or type(error).__name__
    match error:
        case aiohttp.ClientConnectorError() if AddressRefused.TEXT in str(error.os_error):
            return LinkFailed("address_refused", "the host's address is private; see ATLAS_CRAWLER_ALLOW_NETWORKS")
        case TimeoutError():
            return LinkFailed("timeout", "no answer in time", retry=True)
        case aiohttp.ClientConnectorDNSError():
            return LinkFailed("dns_failed", text, retry=True)
        case aiohttp.ClientSSLError():
            return LinkFailed("tls_failed", text)
        case aiohttp.InvalidURL() | ValueError():
            return LinkFailed("bad_url", text)
        case aiohttp.ClientResponseError():
            return LinkFailed("bad_response", text)
        case aiohttp.ClientPayloadError():
            return LinkFailed("broken_body", text, retry=True)
        case _:
            return LinkFailed("connection_failed", text, retry=True)
