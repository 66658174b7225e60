"""Crawls with a real queue and a real store."""

import asyncio
import hashlib
import time
import zipfile
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import grpc
import nats as nats_client
import pytest
from aiohttp import web
from atlas.crawler.v1 import crawler_pb2 as pb
from atlas_common.schemas import IMAGES, SIGHTINGS, TAKEDOWNS
from atlas_common.settings import QueueSettings, StoreSettings
from atlas_common.store import ObjectStore, image_key

from ..pictures import animation, picture
from .conftest import Crawler, Site, failures

pytestmark = pytest.mark.contract


async def test_every_picture_of_a_site_is_stored_unchanged_with_its_origin(
    crawler: Crawler, site: Site, minio: StoreSettings
) -> None:
    site.files |= {
        "/": b'<title>Cats</title><img src="/a.png" alt="a cat"><a href="/more">more</a>',
        "/more": b'<title>More</title><img src="/b.gif"><img src="/same-as-a.png"><a href="/">back</a>',
        "/a.png": picture(1),
        "/same-as-a.png": picture(1),
        "/b.gif": animation(3),
    }
    crawl = await crawler.crawl("web", site.url)
    progress = crawl.progress
    assert crawl.state == pb.CRAWL_STATE_FINISHED
    assert (progress.pages_found, progress.pages_done) == (2, 2)
    assert (progress.found, progress.stored, progress.duplicate, progress.failed) == (3, 2, 1, 0)
    sha256 = hashlib.sha256(picture(1)).hexdigest()
    assert await ObjectStore(minio).get(image_key(sha256)) == picture(1)
    images = {row["sha256"]: row for row in crawler.tables.open(IMAGES).read().to_pylist()}
    assert len(images) == 2
    assert (images[sha256]["format"], images[sha256]["width"], images[sha256]["height"]) == ("png", 64, 48)
    sighted = {row["url"]: row for row in crawler.tables.open(SIGHTINGS).read().to_pylist()}
    assert sighted[f"{site.url}a.png"]["title"] == "a cat"
    assert sighted[f"{site.url}a.png"]["page_url"] == site.url


async def test_what_can_t_be_stored_is_recorded_with_its_reason(crawler: Crawler, site: Site) -> None:
    huge = bytearray(picture(1))
    huge[16:24] = (50_000).to_bytes(4, "big") * 2
    site.files |= {
        "/": b'<img src="/cut.png"><img src="/text.png"><img src="/huge.png"><img src="/empty.png">'
        b'<img src="/gone.png"><img src="/fine.png">',
        "/cut.png": picture(2)[:300],
        "/text.png": b"this is not a picture",
        "/huge.png": bytes(huge),
        "/empty.png": b"",
        "/fine.png": picture(3),
    }
    crawl = await crawler.crawl("web", site.url)
    assert crawl.progress.stored == 1
    assert failures(crawl) == {
        "truncated_image": 1,
        "not_an_image": 1,
        "too_many_pixels": 1,
        "empty_file": 1,
        "http_404": 1,
    }


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


async def test_a_folder_and_an_archive_give_their_pictures(crawler: Crawler, tmp_path: Path) -> None:
    folder = tmp_path / "stickers" / "熊猫"
    folder.mkdir(parents=True)
    for n in range(20):
        (folder / f"{n}.png").write_bytes(picture(n))
    crawl = await crawler.crawl("folder", str(folder.parent))
    assert (crawl.progress.found, crawl.progress.stored) == (20, 20)
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        for n in range(10, 30):
            archive.writestr(f"../{n}.png", picture(n))
        archive.writestr("notes.txt", "no picture")
    crawl = await crawler.crawl("archive", str(tmp_path / "pack.zip"))
    assert (crawl.progress.found, crawl.progress.stored, crawl.progress.duplicate) == (21, 10, 10)
    assert failures(crawl) == {"not_an_image": 1}


async def test_a_folder_outside_the_permitted_ones_is_refused(crawler: Crawler) -> None:
    crawl = await crawler.crawl("folder", "/etc")
    assert crawl.state == pb.CRAWL_STATE_FAILED
    assert "ATLAS_CRAWLER_FOLDERS" in crawl.detail


async def test_limits_hold(crawler: Crawler, site: Site) -> None:
    site.files["/"] = b"".join(b'<img src="/%d.png">' % n for n in range(10))
    site.files |= {f"/{n}.png": picture(n) for n in range(10)}
    crawl = await crawler.crawl("web", site.url, images=4)
    assert (crawl.progress.found, crawl.progress.stored) == (4, 4)


async def test_failures_can_be_retried_by_reason(crawler: Crawler, site: Site) -> None:
    site.files |= {"/": b'<img src="/late.png"><img src="/text.png">', "/text.png": b"text"}
    crawl = await crawler.crawl("web", site.url)
    assert failures(crawl) == {"http_404": 1, "not_an_image": 1}
    site.files |= {"/late.png": picture(1), "/text.png": picture(2)}
    await crawler.stub.RetryFailures(pb.RetryFailuresRequest(crawl_id=crawl.crawl_id, reasons=["http_404"]))
    crawl = await crawler.end(crawl.crawl_id)
    assert (crawl.progress.stored, failures(crawl)) == (1, {"not_an_image": 1})


async def test_a_redirect_to_another_site_is_followed(crawler: Crawler, site: Site) -> None:
    elsewhere = site.url.replace("127.0.0.1", "localhost")
    site.files |= {
        "/": b'<img src="/moved.png"><img src="/loop.png">',
        "/moved.png": web.Response(status=302, headers={"Location": f"{elsewhere}here.png"}),
        "/here.png": picture(1),
        "/loop.png": web.Response(status=302, headers={"Location": "/loop.png"}),
    }
    crawl = await crawler.crawl("web", site.url)
    assert crawl.progress.stored == 1
    assert failures(crawl) == {"too_many_redirects": 1}


async def test_an_upload_is_stored_once(crawler: Crawler) -> None:
    first = await crawler.stub.StoreImage(pb.StoreImageRequest(content=picture(1), name="panda.png"))
    again = await crawler.stub.StoreImage(pb.StoreImageRequest(content=picture(1), name="same.png"))
    assert (first.duplicate, again.duplicate) == (False, True)
    assert first.sha256 == again.sha256 == hashlib.sha256(picture(1)).hexdigest()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await crawler.stub.StoreImage(pb.StoreImageRequest(content=b"text", name="text.png"))
    assert "no image format" in str(caught.value.details())


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


async def test_the_crawl_delay_lies_between_any_two_requests(crawler: Crawler, site: Site) -> None:
    asked: list[float] = []

    def answer(request: web.Request) -> web.Response:
        asked.append(time.monotonic())
        return web.Response(body=picture(len(asked)))

    site.files |= {"/robots.txt": b"User-agent: *\nCrawl-delay: 0.3", "/": b""}
    site.files |= {f"/{n}.png": answer for n in range(4)}
    addresses = "\n".join(f"{site.url}{n}.png" for n in range(4))
    crawl = await crawler.crawl("urls", "", {"urls": addresses})
    assert crawl.progress.stored == 4
    assert min(later - sooner for sooner, later in pairwise(asked)) > 0.25


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
    site.files |= {"/": b'<img src="/a.png"><img src="/b.png">', "/a.png": picture(1), "/b.png": picture(2)}
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
    assert failures(crawl) == {"taken_down": 2}
    assert "/b.png" not in site.asked


async def test_a_paused_crawl_rests_and_a_resumed_one_ends_complete(crawler: Crawler, site: Site) -> None:
    site.files["/"] = b"".join(b'<img src="/%d.png">' % n for n in range(60))
    site.files |= {f"/{n}.png": picture(n) for n in range(60)}
    crawl_id = await crawler.start("web", site.url)
    paused = await crawler.stub.PauseCrawl(pb.PauseCrawlRequest(crawl_id=crawl_id))
    assert paused.state == pb.CRAWL_STATE_PAUSED
    resumed = await crawler.stub.ResumeCrawl(pb.ResumeCrawlRequest(crawl_id=crawl_id))
    assert resumed.state == pb.CRAWL_STATE_RUNNING
    crawl = await crawler.end(crawl_id)
    assert (crawl.progress.found, crawl.progress.stored) == (60, 60)


async def test_a_cancelled_crawl_stays_so(crawler: Crawler, site: Site) -> None:
    site.files["/"] = b""
    crawl_id = await crawler.start("web", site.url)
    cancelled = await crawler.stub.CancelCrawl(pb.CancelCrawlRequest(crawl_id=crawl_id))
    assert cancelled.state == pb.CRAWL_STATE_CANCELLED
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await crawler.stub.ResumeCrawl(pb.ResumeCrawlRequest(crawl_id=crawl_id))
    assert caught.value.details() is not None


async def test_work_that_the_queue_has_lost_is_queued_again(crawler: Crawler, site: Site, nats: QueueSettings) -> None:
    site.files["/"] = b"".join(b'<img src="/%d.png">' % n for n in range(100))
    site.files |= {f"/{n}.png": picture(n) for n in range(100)}
    crawl_id = await crawler.start("web", site.url)
    client = await nats_client.connect(nats.url, token=nats.token.get_secret_value())
    await client.jetstream().purge_stream("CRAWL")
    await client.close()
    crawl = await crawler.end(crawl_id)
    assert (crawl.progress.found, crawl.progress.stored) == (100, 100)
