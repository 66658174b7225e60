"""A web that means harm: answers that break every rule of HTTP, and the reason that each ends with."""

import asyncio
import contextlib
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from .pictures import picture

IMAGE_BYTES = 200_000
GOOD = picture(1)

Write = Callable[[bytes], Awaitable[None]]
Act = Callable[[Write], Awaitable[None]]


def slug(name: str) -> str:
    """The path under which the web serves what has this name."""
    return name.lower().replace(" ", "-")


def plain(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def headed(*headers: str, body: bytes = b"x") -> bytes:
    return ("\r\n".join(["HTTP/1.1 200 OK", "Connection: close", *headers]) + "\r\n\r\n").encode() + body


def moved(to: str) -> bytes:
    return plain(b"", f"Location: {to}", status="302 Found")


def bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(200)) + packer.flush()


CHUNKED = "Transfer-Encoding: chunked"

ANSWERS: dict[str, tuple[bytes, str]] = {
    "a length of 100 GB": (headed("Content-Length: 99999999999"), "too_large"),
    "a body longer than allowed": (plain(bytes(IMAGE_BYTES + 1)), "too_large"),
    "a body shorter than it says": (headed("Content-Length: 5000", body=b"short"), "broken_body"),
    "a negative length": (headed("Content-Length: -1"), "bad_response"),
    "two lengths": (headed("Content-Length: 1", "Content-Length: 9"), "bad_response"),
    "a length in words": (headed("Content-Length: many"), "bad_response"),
    "a length and chunks": (headed("Content-Length: 3", CHUNKED, body=b"3\r\nabc\r\n0\r\n\r\n"), "bad_response"),
    "a chunk of a size that is no number": (headed(CHUNKED, body=b"zz\r\nabc\r\n0\r\n\r\n"), "bad_response"),
    "a chunk whose size has 68 bits": (headed(CHUNKED, body=b"fffffffffffffffff\r\nabc"), "bad_response"),
    "chunks that stop": (headed(CHUNKED, body=b"5\r\nabc"), "broken_body"),
    "a gzip bomb of 200 MB": (plain(bomb(), "Content-Encoding: gzip"), "too_large"),
    "a deflate bomb of 99 MB": (plain(zlib.compress(bytes(99_000_000)), "Content-Encoding: deflate"), "too_large"),
    "gzip that is none": (plain(b"no gzip", "Content-Encoding: gzip"), "broken_body"),
    "an unknown encoding": (plain(gzip.compress(GOOD), "Content-Encoding: zip"), "not_an_image"),
    "a header of 100 kB": (plain(GOOD, "X-Long: " + "a" * 100_000), "bad_response"),
    "a header with a NUL": (plain(GOOD, "X-Nul: a\x00b"), "bad_response"),
    "a server of another protocol": (b"SSH-2.0-OpenSSH_9.9\r\n", "bad_response"),
    "a connection closed without a word": (b"", "connection_failed"),
    "status 9999": (b"HTTP/1.1 9999 What\r\n\r\n", "bad_response"),
    "status 204": (b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", "http_204"),
    "status 206 for what was not asked in parts": (plain(GOOD, status="206 Partial Content"), "http_206"),
    "a redirect to a cloud's metadata": (moved("http://169.254.169.254/latest/meta-data/"), "address_refused"),
    "a redirect to loopback by IPv6": (moved("http://[::1]:1/x"), "address_refused"),
    "a redirect to a private address mapped into IPv6": (moved("http://[::ffff:10.0.0.1]/x"), "address_refused"),
    "a redirect to a private address behind NAT64": (moved("http://[64:ff9b::a00:1]/x"), "address_refused"),
    "a redirect to a private network": (moved("http://192.168.0.1/"), "address_refused"),
    "a redirect to a private address written as one number": (moved("http://2852039166/"), "bad_url"),
    "a redirect to the unspecified address": (moved("http://0.0.0.0:1/"), "address_refused"),
    "a redirect to a file": (moved("file:///etc/passwd"), "scheme_refused"),
    "a redirect to another bucket": (moved("s3://bucket/key"), "scheme_refused"),
    "a redirect to gopher": (moved("gopher://127.0.0.1:6379/_FLUSHALL"), "scheme_refused"),
    "a redirect to a script": (moved("javascript:alert(1)"), "scheme_refused"),
    "a redirect to data": (moved("data:image/png;base64,AAAA"), "scheme_refused"),
    "a redirect to itself": (moved("/a-redirect-to-itself"), "too_many_redirects"),
    "a redirect there": (moved("/a-redirect-back"), "too_many_redirects"),
    "a redirect back": (moved("/a-redirect-there"), "too_many_redirects"),
    "a redirect to a port that there is not": (moved("http://127.0.0.1:99999/"), "bad_url"),
    "a redirect to nowhere": (plain(b"", status="302 Found"), "bad_redirect"),
    "a picture that forbids its use by AI": (plain(GOOD, "X-Robots-Tag: noai"), "use_refused"),
    "a picture that forbids its use by us": (
        plain(GOOD, "X-Robots-Tag: stickeratlas: noimageai, nofollow"),
        "use_refused",
    ),
    "a script called a picture": (plain(b"<script>alert(1)</script>", "Content-Type: image/png"), "not_an_image"),
    "an empty body": (plain(b""), "empty_file"),
}


async def endless(write: Write) -> None:
    await write(headed(body=b""))
    while True:
        await write(bytes(64 * 1024))


async def dripping(write: Write) -> None:
    await write(headed(body=b""))
    while True:
        await write(b"x")
        await asyncio.sleep(0.2)


async def silent(write: Write) -> None:
    await asyncio.sleep(60)


async def endless_headers(write: Write) -> None:
    await write(b"HTTP/1.1 200 OK\r\n")
    while True:
        await write(b"X-More: " + b"a" * 1000 + b"\r\n")


ACTS: dict[str, tuple[Act, str]] = {
    "a body without end": (endless, "too_large"),
    "a body that drips": (dripping, "timeout"),
    "silence": (silent, "timeout"),
    "headers without end": (endless_headers, "bad_response"),
}

ENDS = {name: reason for name, (_, reason) in (ANSWERS | ACTS).items()}
"""What each address of the hostile web ends as."""


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    async def write(data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    answers = {slug(name): content for name, (content, _) in ANSWERS.items()} | {"good": plain(GOOD)}
    acts = {slug(name): act for name, (act, _) in ACTS.items()}
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        request = await reader.readuntil(b"\r\n\r\n")
        path = request.split(b" ")[1].decode().lstrip("/")
        if path in acts:
            await acts[path](write)
        else:
            await write(answers.get(path, plain(b"", status="404 Not Found")))
    writer.close()


@asynccontextmanager
async def hostile_web() -> AsyncIterator[str]:
    """The address of a server that answers as above, and with a picture at `good`."""
    answers: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers[writer] = asyncio.create_task(_answer(reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.close()
        for writer, answering in answers.items():
            answering.cancel()
            writer.transport.abort()
        await asyncio.gather(*answers.values(), *(writer.wait_closed() for writer in answers), return_exceptions=True)
