import asyncio
import tempfile
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import pytest
from atlas_crawler.files import Folders
from atlas_crawler.model.crawls import Limits, Origin
from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.links import Link, LinkKind, Task
from atlas_crawler.other_buckets import OtherBuckets
from atlas_crawler.reaching import ImageReach, PageReach
from atlas_crawler.settings import FetchSettings, OtherStoreSettings
from atlas_crawler.sources.archive import members_of
from atlas_crawler.sources.source import Page

LARGEST = 100
ARCHIVE = Page(Task.first(Link("https://site.example/a.zip", LinkKind.PAGE)), Origin("", "", Limits(1, 1, 1)))


async def anything(size: int) -> None:
    """There is room for it."""


class OneDownload:
    """A web on which everything is the same file, in two pieces."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    @asynccontextmanager
    async def stream(self, task: Task, cap: int, seconds: float) -> AsyncIterator[AsyncIterator[bytes]]:
        async def pieces() -> AsyncIterator[bytes]:
            yield self.content[:10]
            yield self.content[10:]

        yield pieces()


def zipped(members: Mapping[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


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


def one_download_at_once(content: bytes) -> PageReach:
    return PageReach(OneDownload(content), Folders([]), FetchSettings(), asyncio.Semaphore(1), anything)


async def test_a_download_is_read_from_a_file_that_no_folder_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    members = {"a.png": b"one", "b.png": b"two"}
    async with one_download_at_once(zipped(members)).open(ARCHIVE) as path:
        assert dict(members_of(path, LARGEST)) == members
        assert list(tmp_path.iterdir()) == []


async def test_a_download_waits_while_as_many_as_may_be_are_on_the_disk() -> None:
    reach = one_download_at_once(b"an archive")

    async def download() -> bytes:
        async with reach.open(ARCHIVE) as path:
            return path.read_bytes()

    async with reach.open(ARCHIVE):
        second = asyncio.create_task(download())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not second.done()
    assert await second == b"an archive"
