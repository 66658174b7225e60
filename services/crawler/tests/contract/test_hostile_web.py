"""A web that means harm: a server that breaks every rule of HTTP. One crawl meets all of it."""

import asyncio
import contextlib
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import psutil
import pytest
from atlas_common.schemas import FAILURES_CRAWL
from atlas_crawler.server import Settings
from atlas_crawler.settings import FetchSettings

from ..pictures import picture
from .conftest import running

pytestmark = pytest.mark.contract

IMAGE_BYTES = 200_000
MEMORY_BYTES = 700 * 1024 * 1024
GOOD = picture(1)

Write = Callable[[bytes], Awaitable[None]]


def plain(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def moved(to: str) -> bytes:
    return plain(b"", f"Location: {to}", status="302 Found")


def bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(200)) + packer.flush()


ENDLESS = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"

ANSWERS: dict[str, tuple[bytes, set[str]]] = {
    "says-it-is-endless": (plain(b"x", "Content-Length: 99999999999"), {"bad_response", "too_large", "broken_body"}),
    "longer-than-allowed": (plain(bytes(IMAGE_BYTES + 1)), {"too_large"}),
    "shorter-than-it-says": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nConnection: close\r\n\r\nshort",
        {"broken_body"},
    ),
    "negative-length": (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx", {"bad_response"}),
    "two-lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 9\r\n\r\nx", {"bad_response"}),
    "length-in-words": (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nx", {"bad_response"}),
    "bad-chunk-size": (CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n", {"broken_body", "bad_response"}),
    "huge-chunk-size": (CHUNKED + b"fffffffffffffffff\r\nabc", {"broken_body", "bad_response"}),
    "chunks-that-stop": (CHUNKED + b"5\r\nabc", {"broken_body"}),
    "length-and-chunks": (
        CHUNKED.replace(b"\r\nTransfer", b"\r\nContent-Length: 3\r\nTransfer") + b"3\r\nabc\r\n0\r\n\r\n",
        {"bad_response", "not_an_image"},
    ),
    "gzip-bomb": (plain(bomb(), "Content-Encoding: gzip"), {"too_large", "broken_body", "bad_response"}),
    "broken-gzip": (plain(b"no gzip", "Content-Encoding: gzip"), {"broken_body", "bad_response"}),
    "deflate-bomb": (
        plain(zlib.compress(bytes(99_000_000)), "Content-Encoding: deflate"),
        {"too_large", "broken_body"},
    ),
    "unknown-encoding": (plain(gzip.compress(GOOD), "Content-Encoding: zip"), {"not_an_image", "broken_body"}),
    "long-header-line": (plain(GOOD, "X-Long: " + "a" * 100_000), {"bad_response"}),
    "header-with-nul": (plain(GOOD, "X-Nul: a\x00b"), {"bad_response"}),
    "no-http": (b"SSH-2.0-OpenSSH_9.9\r\n", {"bad_response", "connection_failed"}),
    "nothing": (b"", {"connection_failed"}),
    "status-9999": (b"HTTP/1.1 9999 What\r\n\r\n", {"bad_response", "connection_failed"}),
    "status-204": (b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", {"http_204"}),
    "status-206": (plain(GOOD, status="206 Partial Content"), {"http_206"}),
    "to-metadata": (moved("http://169.254.169.254/latest/meta-data/"), {"address_refused"}),
    "to-ipv6-loopback": (moved("http://[::1]:1/x"), {"address_refused"}),
    "to-mapped-address": (moved("http://[::ffff:10.0.0.1]/x"), {"address_refused"}),
    "to-nat64-address": (moved("http://[64:ff9b::a00:1]/x"), {"address_refused"}),
    "to-private-network": (moved("http://192.168.0.1/"), {"address_refused"}),
    "to-decimal-address": (moved("http://2852039166/"), {"address_refused", "dns_failed", "bad_url"}),
    "to-unspecified": (moved("http://0.0.0.0:1/"), {"address_refused"}),
    "to-a-file": (moved("file:///etc/passwd"), {"scheme_refused", "folder_refused", "file_missing"}),
    "to-gopher": (moved("gopher://127.0.0.1:6379/_FLUSHALL"), {"scheme_refused"}),
    "to-javascript": (moved("javascript:alert(1)"), {"scheme_refused"}),
    "to-data": (moved("data:image/png;base64,AAAA"), {"scheme_refused"}),
    "to-itself": (moved("/to-itself"), {"too_many_redirects"}),
    "to-there": (moved("/to-back"), {"too_many_redirects"}),
    "to-back": (moved("/to-there"), {"too_many_redirects"}),
    "to-no-host": (moved("http:///x"), {"bad_url", "http_404"}),
    "to-a-bad-port": (moved("http://127.0.0.1:99999/"), {"bad_url"}),
    "to-nowhere": (plain(b"", status="302 Found"), {"bad_redirect"}),
    "forbids-ai": (plain(GOOD, "X-Robots-Tag: noai"), {"use_refused"}),
    "forbids-us": (plain(GOOD, "X-Robots-Tag: stickeratlas: noimageai, nofollow"), {"use_refused"}),
    "says-it-is-a-picture": (plain(b"<script>alert(1)</script>", "Content-Type: image/png"), {"not_an_image"}),
    "empty": (plain(b""), {"empty_file"}),
}


async def endless(write: Write) -> None:
    await write(ENDLESS)
    while True:
        await write(bytes(64 * 1024))


async def dripping(write: Write) -> None:
    await write(ENDLESS)
    while True:
        await write(b"x")
        await asyncio.sleep(0.2)


async def silent(write: Write) -> None:
    await asyncio.sleep(60)


async def endless_headers(write: Write) -> None:
    await write(b"HTTP/1.1 200 OK\r\n")
    while True:
        await write(b"X-More: " + b"a" * 1000 + b"\r\n")


ACTS: dict[str, tuple[Callable[[Write], Awaitable[None]], set[str]]] = {
    "endless-body": (endless, {"too_large"}),
    "dripping-body": (dripping, {"timeout"}),
    "silence": (silent, {"timeout"}),
    "endless-headers": (endless_headers, {"bad_response", "timeout"}),
}


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    async def write(data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        request = await reader.readuntil(b"\r\n\r\n")
        name = request.split(b" ")[1].decode().lstrip("/")
        if name in ACTS:
            await ACTS[name][0](write)
        elif name == "good":
            await write(plain(GOOD))
        elif name in ANSWERS:
            await write(ANSWERS[name][0])
        else:
            await write(plain(b"", status="404 Not Found"))
    writer.close()


@pytest.fixture
async def hostile() -> AsyncIterator[str]:
    answers: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers[writer] = asyncio.create_task(answer(reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/"
    server.close()
    for writer, answering in answers.items():
        answering.cancel()
        writer.transport.abort()
    await asyncio.gather(*answers.values(), *(writer.wait_closed() for writer in answers), return_exceptions=True)


async def test_every_hostile_answer_ends_with_its_reason_and_the_good_one_is_stored(
    settings: Settings, hostile: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    limits = FetchSettings(
        allow_networks=("127.0.0.0/8",),
        image_bytes=IMAGE_BYTES,
        total_seconds=4,
        read_seconds=1,
        connect_seconds=2,
    )
    patient = replace(settings, fetch=limits, crawler=settings.crawler.model_copy(update={"attempts": 1}))
    expected = {name: reasons for name, (_, reasons) in (ANSWERS | ACTS).items()}
    async with running(patient, tmp_path_factory.mktemp("run")) as crawler:
        addresses = "\n".join(f"{hostile}{name}" for name in [*expected, "good"])
        crawl = await crawler.crawl("urls", "", {"urls": addresses})
        rows = crawler.tables.open(FAILURES_CRAWL).read(["url", "reason"]).to_pylist()
    ended = {row["url"].removeprefix(hostile): row["reason"] for row in rows}
    wrong = {name: ended.get(name) for name, reasons in expected.items() if ended.get(name) not in reasons}
    assert not wrong
    assert crawl.progress.stored == 1
    assert psutil.Process().memory_info().rss < MEMORY_BYTES
