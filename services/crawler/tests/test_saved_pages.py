import base64
import json
from pathlib import Path

import pytest
from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.sources.saved import SavedPages
from atlas_crawler.sources.source import Part

from .pictures import picture
from .reading import Shelf, images, read
from .zhihu_replies import ANSWER, HASH, reply


async def test_a_saved_answer_page_gives_its_images_and_those_in_its_data(tmp_path: Path) -> None:
    state = {"initialState": {"entities": {"answers": {"1": ANSWER}}}}
    html = (
        f'<title>T</title><img src="https://x.example/a.png"><script id="js-initialData">{json.dumps(state)}</script>'
    )
    (tmp_path / "saved.html").write_text(html)
    shelf = Shelf(b"", path=tmp_path / "saved.html")
    found = await read(SavedPages(), shelf)
    assert shelf.asked == [2 * len(html)]
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


@pytest.mark.parametrize(
    "har",
    [
        '{"log": 1}',
        '{"log": {"entries": [1]}}',
        '{"log": {"entries": [{"request": {"url": "x"}, "response": {"content": []}}]}}',
        '{"log":' * 5000,
    ],
    ids=lambda har: har[:40],
)
async def test_a_broken_har_is_an_error(har: str, tmp_path: Path) -> None:
    (tmp_path / "saved.har").write_text(har)
    with pytest.raises(LinkFailed):
        await read(SavedPages(), Shelf(b"", path=tmp_path / "saved.har"))
