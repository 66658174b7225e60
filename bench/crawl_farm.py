"""A farm of web sites on loopback, each on an address of its own, that serves real stickers and watches its visitors.

Run as a process: `python bench/crawl_farm.py FOLDER HOSTS PORT`. Every host answers robots.txt; one in eight is slow;
of the addresses some are missing, broken, or redirects to another host. GET /farm/report tells how many requests each
host had in hand at most since the last report.

The server is a bare asyncio protocol: a farm must cost less than those who visit it.
"""

import asyncio
import json
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import uvloop

SLOW_SECONDS = 0.05
ROBOTS = b"User-agent: *\nDisallow: /private/\n"
SLOW_EVERY = 8  # hosts
MISSING_EVERY, MOVED_EVERY, FAILING_EVERY = 50, 20, 100  # addresses


def host(number: int) -> str:
    return f"127.0.{1 + number // 200}.{1 + number % 200}"


def addresses(images: int, hosts: int, port: int, first: int = 0) -> list[str]:
    """The addresses of a crawl: each image once, from number `first` on, spread over the hosts."""
    numbers = range(first, first + images)
    return [f"http://{host(n % hosts)}:{port}/{_folder(n, n % hosts)}/{n}" for n in numbers]


def slow_addresses(images: int, hosts: int, port: int) -> list[str]:
    """The same, all of them slow: what limits their crawl is patience, not processors."""
    return [f"http://{host(n % hosts)}:{port}/slow/{n}" for n in range(images)]


def _folder(number: int, site: int) -> str:
    for name, every in (("failing", FAILING_EVERY), ("missing", MISSING_EVERY), ("moved", MOVED_EVERY)):
        if number % every == every - 1:
            return name
    return "slow" if site % SLOW_EVERY == SLOW_EVERY - 1 else "image"


class Farm:
    def __init__(self, stickers: list[bytes], hosts: int, port: int) -> None:
        self.stickers = stickers
        self.hosts = hosts
        self.port = port
        self.in_hand: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    def answer(self, path: str) -> bytes:
        _, folder, *rest = path.split("/")
        if folder == "robots.txt":
            return response(200, ROBOTS)
        if folder == "farm":
            most, self.most = self.most, Counter()
            return response(200, json.dumps(most).encode())
        number = int(rest[0]) if rest and rest[0].isdecimal() else 0
        if folder == "moved":
            to = f"http://{host((number + 7) % self.hosts)}:{self.port}/image/{number}"
            return response(302, b"", f"Location: {to}\r\n")
        if folder == "missing":
            return response(404, b"")
        if folder == "failing":
            return response(500, b"")
        # A few bytes after the picture's end make each address a picture of its own.
        return response(200, self.stickers[number % len(self.stickers)] + number.to_bytes(8, "big"))


def response(status: int, body: bytes, headers: str = "") -> bytes:
    return f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


class Visit(asyncio.Protocol):
    """One connection: requests are answered in their order."""

    def __init__(self, farm: Farm, name: str) -> None:
        self._farm, self._name = farm, name
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            head, self._read = self._read[:end], self._read[end + 4 :]
            path = head.split(b" ", 2)[1].decode()
            closing = b"connection: close" in head.lower()
            farm, name = self._farm, self._name
            farm.in_hand[name] += 1
            farm.most[name] = max(farm.most[name], farm.in_hand[name])
            delay = SLOW_SECONDS if path.startswith("/slow/") else 0
            asyncio.get_running_loop().call_later(delay, self._answer, path, closing)

    def _answer(self, path: str, closing: bool) -> None:
        self._farm.in_hand[self._name] -= 1
        if self._transport.is_closing():  # who asked was killed
            return
        self._transport.write(self._farm.answer(path))
        if closing:
            self._transport.close()


async def serve(farm: Farm) -> None:
    loop = asyncio.get_running_loop()
    for number in range(farm.hosts):
        await loop.create_server(partial(Visit, farm, host(number)), host(number), farm.port, backlog=1024)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    folder, hosts, port = sys.argv[1:]
    stickers = [path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    uvloop.run(serve(Farm(stickers, int(hosts), int(port))))
