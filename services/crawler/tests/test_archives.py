import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from atlas_common.errors import InvalidInput
from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.sources.archive import Archive
from atlas_crawler.sources.source import Part, Source
from atlas_crawler.sources.webdataset import WebDataset, expanded

from .reading import SITE, Shelf, read


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


async def test_a_sample_has_no_more_bytes_than_an_image_may_have(tmp_path: Path) -> None:
    most = Shelf.largest_image
    members = {"1.a.png": bytes(most - 1), "1.b.png": b"ab", "2.png": b"other"}
    parts = await read(WebDataset(), Shelf(b"", path=tar(tmp_path / "a.tar.gz", members)))
    assert [len(part.content) for part in parts if isinstance(part.content, bytes)] == [most - 1, len(b"other")]
    assert [part.content.reason for part in parts if isinstance(part.content, LinkFailed)] == ["too_large"]


@pytest.mark.parametrize("source", [Archive(), WebDataset()])
async def test_room_is_asked_for_again_for_what_is_read_later(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atlas_crawler.sources.archive.PART_BYTES_AT_ONCE", 5)
    shelf = Shelf(b"", path=tar(tmp_path / "a.tar.gz", {f"{name}.png": b"abc" for name in range(3)}))
    assert len(await read(source, shelf)) == 3
    assert shelf.asked == [5 + Shelf.largest_image] * 2


def test_a_range_of_shards_is_expanded() -> None:
    assert list(expanded("s-{008..010}.tar")) == ["s-008.tar", "s-009.tar", "s-010.tar"]
    with pytest.raises(InvalidInput):
        list(expanded("s-{0..99999999}.tar"))
