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

    @asynccontextmanager
    async def stream(self, url: str, *_: object) -> AsyncIterator[None]:
        self.asked.append(url)
        raise Moved(self.to)
        yield

    async def rules(self, url: str) -> Rules:
        return Rules(time.monotonic())

    async def turn(self, host: str, asked: float) -> None:
        pass


async def get(site: Moving) -> None:
    async def room(size: int) -> None:
        pass

    await CourteousClient(site, site, site, redirects=2).get(Task.first(LINK), 1000, room)  # type: ignore[arg-type]


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
