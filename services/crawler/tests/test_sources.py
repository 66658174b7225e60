"""Sources against recorded shapes."""

import base64
import gzip
import io
import json
import tarfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from atlas_common.errors import InvalidInput
from atlas_crawler.model.crawls import Limits, Origin
from atlas_crawler.model.exceptions import LinkFailed, Moved
from atlas_crawler.model.links import Link, LinkKind, Task
from atlas_crawler.settings import ZhihuSettings
from atlas_crawler.sources.archive import Archive
from atlas_crawler.sources.objects import Objects
from atlas_crawler.sources.saved import SavedPages
from atlas_crawler.sources.sitemap import Sitemap
from atlas_crawler.sources.source import Found, Page, Part, Source
from atlas_crawler.sources.urls import UrlList
from atlas_crawler.sources.webdataset import WebDataset, expanded
from atlas_crawler.sources.webpages import WebPages
from atlas_crawler.sources.zhihu import Zhihu
from atlas_crawler.web.client import Answer
from multidict import CIMultiDict, CIMultiDictProxy
from pydantic import SecretStr

from .pictures import picture

SITE = "https://site.example/"


class Shelf:
    """A reader of pages that lie here."""

    largest_image = 100_000

    def __init__(self, page: bytes | Exception, kind: str = "text/html", path: Path | None = None) -> None:
        self.page = page
        self.kind = kind
        self.path = path
        self.headers: Mapping[str, str] | None = None

    async def get(self, page: Page, headers: Mapping[str, str] | None = None) -> Answer:
        self.headers = headers
        if isinstance(self.page, Exception):
            raise self.page
        return Answer(page.task.at, CIMultiDictProxy(CIMultiDict({"Content-Type": self.kind})), self.page)

    @asynccontextmanager
    async def open(self, page: Page) -> AsyncIterator[Path]:
        assert self.path is not None
        yield self.path


async def read(source: Source, shelf: Shelf, url: str = SITE, depth: int = 3, **options: str) -> list[Found]:
    origin = Origin("", url, Limits(depth, 100, 100), options)
    page = Page(Task.first(Link(url, LinkKind.PAGE)), origin)
    return [found async for found in source.read(page, shelf)]


def images(found: list[Found]) -> list[str]:
    return [item.url for item in found if isinstance(item, Link) and item.kind is LinkKind.IMAGE]


def pages(found: list[Found]) -> list[str]:
    return [item.url for item in found if isinstance(item, Link) and item.kind is LinkKind.PAGE]


# -- web pages


async def test_a_page_gives_its_images_in_their_largest_form_and_its_own_site_s_pages() -> None:
    html = b"""<title>Pandas</title><img src="small.png" srcset="a.png 200w, b.png 800w">
        <img src="blank.gif" data-original="/real.gif" alt="wave"><a href="full.jpg">full</a>
        <a href="/next">next</a><a href="https://else.example/">else</a><a href="mailto:a@b">mail</a>
        <noscript><img src="quiet.png"></noscript>"""
    found = await read(WebPages(), Shelf(html))
    assert images(found) == [SITE + "b.png", SITE + "real.gif", SITE + "quiet.png", SITE + "full.jpg"]
    assert pages(found) == [SITE + "next"]


async def test_links_are_followed_no_deeper_than_allowed() -> None:
    assert pages(await read(WebPages(), Shelf(b'<a href="/next">next</a>'), depth=0)) == []


async def test_patterns_choose_the_pages() -> None:
    html = b'<a href="/cats/1"></a><a href="/dogs/1"></a><a href="/cats/old"></a>'
    found = await read(WebPages(), Shelf(html), include="*/cats/*", exclude="*/old")
    assert pages(found) == [SITE + "cats/1"]


@pytest.mark.parametrize("words", ["noai", "noimageai", "index, NoAI"])
async def test_a_page_that_forbids_our_use_is_refused(words: str) -> None:
    with pytest.raises(LinkFailed) as caught:
        await read(WebPages(), Shelf(f'<meta name="Robots" content="{words}"><img src="a.png">'.encode()))
    assert caught.value.reason == "use_refused"


# -- Zhihu

HASH, OTHER = "v2-" + "a" * 32, "v2-" + "b" * 32
CONTENT = f"""<p>好</p><figure><noscript><img src="https://pic1.zhimg.com/50/{HASH}_720w.jpg?source=1"></noscript>
    <img src="data:image/svg+xml;utf8,x" data-actualsrc="https://pic2.zhimg.com/50/{HASH}_720w.jpg?source=1"
    data-original="https://pic3.zhimg.com/{HASH}_r.jpg?source=1"></figure>
    <img src="https://pic1.zhimg.com/80/{OTHER}_b.gif">"""
ANSWER = {"content": CONTENT, "author": {"name": "小明"}, "question": {"title": "有哪些熊猫头？"}}


def zhihu(cookie: str = "") -> Zhihu:
    return Zhihu(ZhihuSettings(zhihu_cookie=SecretStr(cookie)))


def reply(*items: object, following: str = "") -> bytes:
    paging = {"is_end": not following, "next": following}
    return json.dumps({"data": items, "paging": paging}).encode()


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("https://www.zhihu.com/question/123", "questions/123/answers"),
        ("123", "questions/123/answers"),
        ("https://www.zhihu.com/question/123/answer/456", "answers/456"),
        ("https://www.zhihu.com/collection/789", "collections/789/items"),
        ("https://www.zhihu.com/search?type=content&q=熊猫头", "search_v3"),
        ("熊猫头 表情包", "search_v3"),
    ],
)
def test_zhihu_starts_from_questions_answers_collections_and_searches(location: str, path: str) -> None:
    (link,) = zhihu().start(Origin("zhihu", location, Limits(1, 1, 1)))
    assert link.url.startswith(f"https://www.zhihu.com/api/v4/{path}?")


@pytest.mark.parametrize("item", [ANSWER, {"target": ANSWER}, {"content": ANSWER}, {"object": ANSWER}])
async def test_a_sticker_of_an_answer_comes_once_and_in_its_largest_form(item: object) -> None:
    found = await read(zhihu(), Shelf(reply(item), "application/json"))
    assert images(found) == [f"https://pic3.zhimg.com/{HASH}_r.jpg", f"https://pic1.zhimg.com/80/{OTHER}_b.gif"]
    first = found[0]
    assert isinstance(first, Link)
    assert (first.title, first.author) == ("有哪些熊猫头？", "小明")


async def test_the_next_page_of_answers_is_a_page_on_the_same_host() -> None:
    shelf = Shelf(reply(ANSWER, following="http://www.zhihu.com/api/v4/questions/1/answers?offset=20"))
    assert pages(await read(zhihu(), shelf)) == ["https://www.zhihu.com/api/v4/questions/1/answers?offset=20"]


async def test_only_the_user_s_own_cookie_is_sent() -> None:
    with_cookie, without = Shelf(reply()), Shelf(reply())
    await read(zhihu("z_c0=mine"), with_cookie)
    await read(zhihu(), without)
    assert (with_cookie.headers, without.headers) == ({"Cookie": "z_c0=mine"}, {})


@pytest.mark.parametrize(
    "page",
    [
        LinkFailed("http_401"),
        LinkFailed("http_403"),
        Moved("https://www.zhihu.com/signin?next=x"),
        Moved("https://www.zhihu.com/account/unhuman?type=unhuman"),
        json.dumps({"error": {"code": 40352, "need_login": True, "message": "请登录"}}).encode(),
        json.dumps({"error": {"code": 100, "name": "AuthenticationInvalidRequest", "message": "x"}}).encode(),
    ],
)
async def test_zhihu_asking_for_a_login_is_said_clearly(page: bytes | Exception) -> None:
    with pytest.raises(LinkFailed, match="ATLAS_CRAWLER_ZHIHU_COOKIE") as caught:
        await read(zhihu(), Shelf(page))
    assert caught.value.reason == "login_required"


@pytest.mark.parametrize("page", [b"<html>", b"[]", b'{"error": {"message": "busy"}}'])
async def test_a_reply_in_another_shape_is_an_error(page: bytes) -> None:
    with pytest.raises(LinkFailed):
        await read(zhihu(), Shelf(page))


# -- saved pages


async def test_a_saved_answer_page_gives_its_images_and_those_in_its_data(tmp_path: Path) -> None:
    state = {"initialState": {"entities": {"answers": {"1": ANSWER}}}}
    html = (
        f'<title>T</title><img src="https://x.example/a.png"><script id="js-initialData">{json.dumps(state)}</script>'
    )
    (tmp_path / "saved.html").write_text(html)
    found = await read(SavedPages(), Shelf(b"", path=tmp_path / "saved.html"))
    assert "https://x.example/a.png" in images(found)
    assert f"https://pic3.zhimg.com/{HASH}_r.jpg" in images(found)


def entry(url: str, kind: str, text: str, encoding: str = "") -> dict[str, object]:
    content = {"mimeType": kind, "text": text, "encoding": encoding}
    return {"request": {"url": url}, "response": {"content": content}}


def image_entry(content: bytes) -> dict[str, object]:
    return entry("https://p.example/a.png", "image/png", base64.b64encode(content).decode(), "base64")


def har(folder: Path, *entries: dict[str, object]) -> Shelf:
    (folder / "saved.har").write_text(json.dumps({"log": {"entries": entries}}))
    return Shelf(b"", path=folder / "saved.har")


async def test_a_har_gives_the_images_it_holds_and_those_that_its_replies_name(tmp_path: Path) -> None:
    api = "https://www.zhihu.com/api/v4/questions/1/answers"
    answers = entry(api, "application/json", reply(ANSWER).decode())
    found = await read(SavedPages(), har(tmp_path, image_entry(picture(1)), answers))
    assert [item.content for item in found if isinstance(item, Part)] == [picture(1)]
    assert f"https://pic3.zhimg.com/{HASH}_r.jpg" in images(found)


async def test_an_image_in_a_har_that_is_larger_than_one_may_be_is_not_kept(tmp_path: Path) -> None:
    (part,) = await read(SavedPages(), har(tmp_path, image_entry(bytes(Shelf.largest_image + 1))))
    assert isinstance(part, Part)
    assert isinstance(part.content, LinkFailed)


async def test_a_broken_har_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "saved.har").write_text('{"log": 1}')
    with pytest.raises(LinkFailed):
        await read(SavedPages(), Shelf(b"", path=tmp_path / "saved.har"))


# -- sitemaps

SITEMAP = b"""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
    xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url><loc>https://site.example/cats</loc>
    <image:image><image:loc>https://site.example/cat.png</image:loc></image:image></url></urlset>"""


@pytest.mark.parametrize("body", [SITEMAP, gzip.compress(SITEMAP)])
async def test_a_sitemap_names_pages_and_images(body: bytes) -> None:
    found = await read(Sitemap(), Shelf(body, "application/xml"))
    assert (pages(found), images(found)) == ([SITE + "cats"], [SITE + "cat.png"])


async def test_a_page_that_a_sitemap_names_gives_its_images_only() -> None:
    found = await read(Sitemap(), Shelf(b'<img src="a.png"><a href="/b">b</a>'))
    assert (pages(found), images(found)) == ([], [SITE + "a.png"])


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><urlset><loc>&b;</loc></urlset>',
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><urlset><loc>&f;</loc></urlset>',
        b"<urlset><loc>",
        gzip.compress(bytes(60 * 1024 * 1024)),
        gzip.compress(SITEMAP)[:-20] + b"xxxxxxxxxxxxxxxxxxxx",
    ],
)
async def test_a_hostile_sitemap_is_an_error(body: bytes) -> None:
    with pytest.raises(LinkFailed):
        await read(Sitemap(), Shelf(body, "application/xml"))


# -- lists


def lists(folder: Path) -> Iterator[Path]:
    rows = [{"url": f"{SITE}{n}.png", "title": f"t{n}"} for n in range(3)]
    (folder / "a.txt").write_text("\n".join(str(row["url"]) for row in rows))
    (folder / "a.csv").write_text("title,url\n" + "\n".join(f"{row['title']},{row['url']}" for row in rows))
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    pq.write_table(pa.Table.from_pylist(rows), folder / "a.parquet")
    (folder / "a.txt.gz").write_bytes(gzip.compress((folder / "a.txt").read_bytes()))
    (folder / "a.csv.gz").write_bytes(gzip.compress((folder / "a.csv").read_bytes()))
    yield from sorted(folder.iterdir())


async def test_lists_of_every_form_give_the_same_addresses(tmp_path: Path) -> None:
    for path in lists(tmp_path):
        found = await read(UrlList(), Shelf(b"", path=path))
        assert images(found) == [f"{SITE}{n}.png" for n in range(3)], path.name


@pytest.mark.parametrize("content", [b"PAR1 is not enough", b"\x1f\x8bnot gzip", b'{"url": '])
async def test_a_broken_list_is_an_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(content)
    with pytest.raises(LinkFailed):
        await read(UrlList(), Shelf(b"", path=tmp_path / "list"))


def test_a_list_may_come_with_the_crawl() -> None:
    origin = Origin("urls", "", Limits(1, 1, 1), {"urls": f"{SITE}a.png\n{SITE}b.png"})
    assert [link.url for link in UrlList().start(origin)] == [SITE + "a.png", SITE + "b.png"]


# -- archives and shards


def tar(path: Path, members: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


async def test_a_tar_gives_files_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("device", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("../../up.png")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"abc"))
    found = await read(Archive(), Shelf(b"", path=path))
    assert [(item.link.url, item.content) for item in found if isinstance(item, Part)] == [
        (SITE + "#../../up.png", b"abc")
    ]
    assert list(tmp_path.iterdir()) == [path]


async def test_a_member_larger_than_an_image_may_be_is_not_read(tmp_path: Path) -> None:
    path = tar(tmp_path / "a.tar.gz", {"bomb": bytes(Shelf.largest_image + 1)})
    (part,) = await read(Archive(), Shelf(b"", path=path))
    assert isinstance(part, Part)
    assert isinstance(part.content, LinkFailed)


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04broken", b"\x1f\x8bbroken"])
async def test_what_is_no_archive_is_an_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(LinkFailed):
        await read(Archive(), Shelf(b"", path=tmp_path / "a"))


async def test_a_shard_s_captions_become_titles(tmp_path: Path) -> None:
    members = {"1.png": b"one", "1.txt": "挥手".encode(), "2.gif": b"two", "2.json": b'{"caption": "bye"}'}
    found = await read(WebDataset(), Shelf(b"", path=tar(tmp_path / "a.tar.gz", members)))
    assert [(item.link.title, item.content) for item in found if isinstance(item, Part)] == [
        ("挥手", b"one"),
        ("bye", b"two"),
    ]


def test_a_range_of_shards_is_expanded() -> None:
    assert list(expanded("s-{008..010}.tar")) == ["s-008.tar", "s-009.tar", "s-010.tar"]
    with pytest.raises(InvalidInput):
        list(expanded("s-{0..99999999}.tar"))


# -- another bucket


class Keys:
    async def keys(self, bucket: str, prefix: str) -> AsyncIterator[str]:
        for name in ("a.png", "b.gif"):
            yield f"{prefix}{name}"


async def test_a_bucket_gives_every_object_under_its_prefix() -> None:
    found = await read(Objects(Keys()), Shelf(b""), url="s3://stickers/cats/")
    assert images(found) == ["s3://stickers/cats/a.png", "s3://stickers/cats/b.gif"]


@pytest.mark.parametrize(
    ("source", "location"),
    [
        (WebPages(), "ftp://x.example/"),
        (WebPages(), ""),
        (UrlList(), ""),
        (Archive(), "data:,x"),
        (Objects(Keys()), "x"),
    ],
)
def test_a_start_that_a_source_can_t_begin_from_is_refused(source: Source, location: str) -> None:
    with pytest.raises(InvalidInput):
        list(source.start(Origin("", location, Limits(1, 1, 1))))
