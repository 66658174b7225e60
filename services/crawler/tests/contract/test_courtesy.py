"""What a crawl owes its hosts, with a real queue and a real store."""

import asyncio
import hashlib
import time
from datetime import UTC, datetime

import pytest
from aiohttp import web
from atlas_common.schemas import IMAGES, TAKEDOWNS
from atlas_common.settings import StoreSettings
from atlas_common.store import ObjectStore, image_key

from ..pictures import picture
from .conftest import Crawler, Site, failures

pytestmark = pytest.mark.contract


async def test_what_robots_txt_forbids_is_not_fetched(crawler: Crawler, site: Site) -> None:
    site.files |= {
        "/robots.txt": b"User-agent: *\nDisallow: /private/",
        "/": b'<img src="/private/a.png"><img src="/b.png">',
        "/private/a.png": picture(1),
        "/b.png": picture(2),
    }
    crawl = await crawler.crawl("web", site.url)
    assert failures(crawl) == {"robots_disallowed": 1}
    assert "/private/a.png" not in site.asked


async def test_a_host_that_asks_for_rest_gets_it(crawler: Crawler, site: Site) -> None:
    asked: list[float] = []

    def answer(request: web.Request) -> web.Response:
        asked.append(time.monotonic())
        if len(asked) == 1:
            return web.Response(status=429, headers={"Retry-After": "1"})
        return web.Response(body=picture(1))

    site.files |= {"/": b'<img src="/busy.png">', "/busy.png": answer}
    crawl = await crawler.crawl("web", site.url)
    assert crawl.progress.stored == 1
    assert asked[1] - asked[0] >= 1


async def test_no_request_comes_sooner_than_the_crawl_delay_allows(crawler: Crawler, site: Site) -> None:
    asked: list[float] = []

    def answer(request: web.Request) -> web.Response:
        asked.append(time.monotonic())
        return web.Response(body=picture(len(asked)))

    site.files |= {"/robots.txt": b"User-agent: *\nCrawl-delay: 0.3", "/": b""}
    site.files |= {f"/{n}.png": answer for n in range(4)}
    addresses = "\n".join(f"{site.url}{n}.png" for n in range(4))
    begun = time.monotonic()
    crawl = await crawler.crawl("urls", "", {"urls": addresses})
    assert crawl.progress.stored == 4
    assert all(at - begun >= 0.3 * n for n, at in enumerate(asked))


async def test_a_second_crawl_asks_only_whether_something_has_changed(crawler: Crawler, site: Site) -> None:
    conditions: list[str | None] = []

    def answer(request: web.Request) -> web.Response:
        conditions.append(request.headers.get("If-None-Match"))
        if conditions[-1] == '"1"':
            return web.Response(status=304)
        return web.Response(body=picture(1), headers={"ETag": '"1"'})

    site.files |= {"/": b'<img src="/a.png">', "/a.png": answer}
    first = await crawler.crawl("web", site.url)
    second = await crawler.crawl("web", site.url)
    assert conditions == [None, '"1"']
    assert (first.progress.stored, second.progress.stored, second.progress.duplicate) == (1, 0, 1)


async def test_what_was_taken_down_is_removed_and_not_fetched_again(
    crawler: Crawler, site: Site, minio: StoreSettings
) -> None:
    def unchanged(request: web.Request) -> web.Response:
        known = "If-None-Match" in request.headers
        return web.Response(status=304) if known else web.Response(body=picture(1), headers={"ETag": '"1"'})

    site.files |= {
        "/": b'<img src="/a.png"><img src="/b.png"><img src="/same-as-a.png">',
        "/a.png": picture(1),
        "/b.png": picture(2),
        "/same-as-a.png": unchanged,
    }
    await crawler.crawl("web", site.url)
    sha256 = hashlib.sha256(picture(1)).hexdigest()
    now = datetime.now(UTC)
    crawler.tables.open(TAKEDOWNS).insert(
        [
            {"kind": "image", "value": sha256, "reason": "asked", "decided_at": now},
            {"kind": "url", "value": f"{site.url}b.png", "reason": "asked", "decided_at": now},
        ]
    )
    while crawler.tables.open(IMAGES).count(f"sha256 = '{sha256}'"):
        await asyncio.sleep(0.1)
    assert not await ObjectStore(minio).exists(image_key(sha256))
    site.asked.clear()
    crawl = await crawler.crawl("web", site.url)
    assert failures(crawl) == {"taken_down": 3}
    assert "/b.png" not in site.asked
