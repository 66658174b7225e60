from pathlib import Path

import pytest
from atlas_crawler.files import Folders
from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.links import Link, LinkKind, Task
from atlas_crawler.other_buckets import OtherBuckets
from atlas_crawler.reaching import ImageReach
from atlas_crawler.settings import OtherStoreSettings

LARGEST = 100


async def anything(size: int) -> None:
    """There is room for it."""


async def reached(url: str, page_url: str, folder: Path) -> bytes:
    reach = ImageReach(None, Folders([folder]), OtherBuckets(OtherStoreSettings()), LARGEST)
    content, _ = await reach.image(Task.first(Link(url, LinkKind.IMAGE, page_url)), anything)
    return content


async def test_a_file_is_read_where_a_list_beside_it_names_it(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"a picture")
    assert await reached((tmp_path / "a.png").as_uri(), (tmp_path / "list").as_uri(), tmp_path) == b"a picture"


@pytest.mark.parametrize("url", ["file:///{folder}/a.png", "s3://bucket/a.png"])
async def test_a_list_from_the_web_reaches_nothing_but_the_web(url: str, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"a picture")
    with pytest.raises(LinkFailed) as caught:
        await reached(url.format(folder=tmp_path), "https://site.example/list", tmp_path)
    assert caught.value.reason == "scheme_refused"
