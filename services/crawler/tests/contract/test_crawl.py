"""Crawls with a real queue and a real store."""

import hashlib
import io
import json
import os
import tarfile
import zipfile
from pathlib import Path

import grpc
import pytest
from aiohttp import web
from atlas.crawler.v1 import crawler_pb2 as pb
from atlas_common.schemas import IMAGES, SIGHTINGS
from atlas_common.settings import StoreSettings
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


async def test_a_link_that_looks_like_a_page_and_is_a_picture_is_stored(crawler: Crawler, site: Site) -> None:
    site.files |= {
        "/": b'<a href="/media/1">one</a>',
        "/media/1": lambda _: web.Response(body=picture(1), content_type="image/png"),
    }
    crawl = await crawler.crawl("web", site.url)
    assert (crawl.progress.pages_done, crawl.progress.found, crawl.progress.stored) == (2, 1, 1)


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


async def test_limits_hold_for_what_is_inside_an_archive(crawler: Crawler, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        for n in range(10):
            archive.writestr(f"{n}.png", picture(n))
    crawl = await crawler.crawl("archive", str(tmp_path / "pack.zip"), images=4)
    assert (crawl.progress.found, crawl.progress.stored) == (4, 4)
    assert crawler.tables.open(IMAGES).count() == 4


async def test_a_listing_leaves_out_the_addresses_that_a_crawl_was_given(crawler: Crawler, site: Site) -> None:
    crawl = await crawler.crawl("urls", "", {"urls": f"{site.url}a.png"})
    [listed] = (await crawler.stub.ListCrawls(pb.ListCrawlsRequest())).crawls
    assert (listed.crawl_id, dict(listed.source.options)) == (crawl.crawl_id, {})
    assert dict(crawl.source.options) == {"urls": f"{site.url}a.png"}


async def test_addresses_that_are_none_spoil_nothing_for_the_others(
    crawler: Crawler, site: Site, tmp_path: Path
) -> None:
    site.files["/a.png"] = picture(1)
    rows = [
        {"url": "http://[bad/a.png"},
        {"url": f"{site.url}\ud800.png", "title": "\ud800"},
        {"url": f"{site.url}a.png"},
    ]
    (tmp_path / "list.jsonl").write_text("\n".join(map(json.dumps, rows)))
    crawl = await crawler.crawl("urls", str(tmp_path / "list.jsonl"))
    assert (crawl.progress.found, crawl.progress.stored) == (3, 1)
    assert failures(crawl) == {"bad_url": 1, "http_404": 1}


async def test_addresses_and_captions_of_any_length_find_room_in_the_queue(crawler: Crawler, site: Site) -> None:
    images = (b'<img src="/%d.png?%s" alt="%s">' % (n, b"x" * 9000, b"y" * 50_000) for n in range(70))
    site.files["/"] = b"".join([*images, b'<img src="/endless?%s">' % (b"x" * 2_000_000)])
    site.files |= {f"/{n}.png": web.Response(status=410) for n in range(70)}
    crawl = await crawler.crawl("web", site.url)
    assert crawl.progress.found == 70
    assert sum(failures(crawl).values()) == 70


async def test_names_in_an_old_encoding_are_no_obstacle(crawler: Crawler, tmp_path: Path) -> None:
    folder = tmp_path / "stickers"
    folder.mkdir()
    (folder / os.fsdecode("表情.png".encode("gbk"))).write_bytes(picture(1))
    crawl = await crawler.crawl("folder", str(folder))
    assert (crawl.progress.found, crawl.progress.stored) == (1, 1)
    with tarfile.open(tmp_path / "pack.tar", "w", encoding="gbk", format=tarfile.GNU_FORMAT) as tar:
        member = tarfile.TarInfo("表情.png")
        member.size = len(picture(2))
        tar.addfile(member, io.BytesIO(picture(2)))
    crawl = await crawler.crawl("archive", str(tmp_path / "pack.tar"))
    assert (crawl.progress.found, crawl.progress.stored) == (1, 1)


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


async def test_an_option_that_the_source_does_not_have_is_refused(crawler: Crawler, site: Site) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await crawler.start("web", site.url, {"exlude": "*.gif"})
    assert "no option exlude; it has anywhere, exclude, include" in str(caught.value.details())
