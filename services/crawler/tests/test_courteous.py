import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from atlas_crawler.model.exceptions import LinkFailed, Moved
from atlas_crawler.model.links import Link, LinkKind, Task
from atlas_crawler.web.courteous import CourteousClient
from atlas_crawler.web.robots import Rules

LINK = Link("https://a.example/cat.png", LinkKind.IMAGE)


class Moving:
    """A site where everything has moved to one place, without rules or haste; it notes what it was asked."""

    def __init__(self, to: str) -> None:
        self.to = to
        self.asked: list[str] = []
        self.hosts: list[str] = []

    @asynccontextmanager
    async def stream(self, url: str, *_: object) -> AsyncIterator[None]:
        self.asked.append(url)
        raise Moved(self.to)
        yield

    async def rules(self, url: str) -> Rules:
        return Rules(time.monotonic())

    async def turn(self, host: str, asked: float) -> None:
        self.hosts.append(host)


async def get(site: Moving, url: str = LINK.url) -> None:
    async def room(size: int) -> None:
        pass

    await CourteousClient(site, site, site, redirects=2).get(Task.first(Link(url, LinkKind.IMAGE)), 1000, room)  # type: ignore[arg-type]


@pytest.mark.parametrize("to", ["https://b.example/cat.png", "http://a.example/cat.png"])
async def test_who_leaves_the_host_or_its_encryption_is_another_link(to: str) -> None:
    site = Moving(to)
    with pytest.raises(Moved):
        await get(site)
    assert site.asked == [LINK.url]


async def test_redirects_within_the_host_are_followed_so_far() -> None:
    site = Moving("https://a.example/again.png")
    with pytest.raises(LinkFailed, match="more than 2 redirects"):
        await get(site)
    assert site.asked == [LINK.url, site.to, site.to]


async def test_a_host_has_one_pace_whatever_name_is_given_there() -> None:
    site = Moving("https://b.example/")
    for url in ("https://a.example/1", "https://ann@a.example/2", "https://A.EXAMPLE/3"):
        with pytest.raises(Moved):
            await get(site, url)
    assert site.hosts == ["a.example"] * 3


async def test_a_host_with_a_name_longer_than_any_is_none() -> None:
    site = Moving("https://b.example/")
    with pytest.raises(LinkFailed) as caught:
        await get(site, f"https://{'a' * 300}.example/")
    assert (caught.value.reason, site.hosts) == ("bad_url", [])
