import json

import pytest
from atlas_crawler.model.crawls import Limits, Origin
from atlas_crawler.model.exceptions import LinkFailed, Moved
from atlas_crawler.model.links import Link, Task
from atlas_crawler.settings import ZhihuSettings
from atlas_crawler.sources.source import Page
from atlas_crawler.sources.zhihu import Zhihu
from pydantic import SecretStr

from .reading import Shelf, images, pages, read
from .zhihu_replies import ANSWER, HASH, OTHER, reply

PAGE = "https://www.zhihu.com/api/v4/questions/1/answers"


def zhihu(cookie: str = "", **headers: str) -> Zhihu:
    secret = {name: SecretStr(value) for name, value in headers.items()}
    return Zhihu(ZhihuSettings(zhihu_cookie=SecretStr(cookie), zhihu_headers=secret))


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


async def test_only_the_user_s_own_cookie_and_headers_are_sent() -> None:
    with_both, without = Shelf(reply()), Shelf(reply())
    await read(zhihu("z_c0=mine", Referer="https://www.zhihu.com/"), with_both, PAGE)
    await read(zhihu(), without, PAGE)
    assert with_both.headers == {"Cookie": "z_c0=mine", "Referer": "https://www.zhihu.com/"}
    assert without.headers == {}


async def test_what_the_user_gives_is_not_sent_where_zhihu_redirects_to() -> None:
    shelf, source = Shelf(reply()), zhihu("z_c0=mine")
    [start] = source.start(Origin("zhihu", "1", Limits(1, 1, 1)))
    for elsewhere in ("https://evil.example/api/v4/x", "http://www.zhihu.com/api/v4/x"):
        page = Page(Task.first(start).moved(elsewhere), Origin("zhihu", "1", Limits(1, 1, 1)))
        assert [found async for found in source.read(page, shelf)] == []
        assert shelf.headers is None


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


@pytest.mark.parametrize(
    "page",
    [
        b"<html>",
        b"[]",
        b'{"error": {"message": "busy"}}',
        b'{"data": [1]}',
        b'{"data": [{"content": "x", "question": "y"}]}',
        b'{"paging": [1]}',
        b'{"paging": {"is_end": false, "next": 7}}',
        b'{"data":' * 5000,
    ],
    ids=lambda page: page[:40],
)
async def test_a_reply_in_another_shape_is_an_error(page: bytes) -> None:
    with pytest.raises(LinkFailed):
        await read(zhihu(), Shelf(page))
