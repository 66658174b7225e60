import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest
from atlas_common.errors import BrokenInvariant, Unavailable
from atlas_modelserver.export.download import download

CONTENT = bytes(range(256)) * 10
MD5 = hashlib.md5(CONTENT).hexdigest()


@dataclass
class Body:
    offset: int
    total: int
    body: BinaryIO


class Source:
    """Serves CONTENT, but hangs up after `bytes_a_time`; `ranges`: whether it honours offsets."""

    def __init__(self, bytes_a_time: int, *, ranges: bool = True) -> None:
        self.bytes_a_time = bytes_a_time
        self.ranges = ranges
        self.offsets: list[int] = []

    def __call__(self, offset: int) -> Body:
        self.offsets.append(offset)
        start = offset if self.ranges else 0
        return Body(start, len(CONTENT), BytesIO(CONTENT[start : start + self.bytes_a_time]))


def test_a_broken_download_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    source = Source(1000)
    download(source, tmp_path / "weights", MD5)
    assert (tmp_path / "weights").read_bytes() == CONTENT
    assert source.offsets == [0, 1000, 2000]


def test_a_later_process_goes_on_too(tmp_path: Path) -> None:
    (tmp_path / "weights.part").write_bytes(CONTENT[:2000])
    source = Source(1000)
    download(source, tmp_path / "weights", MD5)
    assert (tmp_path / "weights").read_bytes() == CONTENT
    assert source.offsets == [2000]


def test_a_server_without_ranges_sends_the_whole_again(tmp_path: Path) -> None:
    (tmp_path / "weights.part").write_bytes(CONTENT[:2000])
    download(Source(len(CONTENT), ranges=False), tmp_path / "weights", MD5)
    assert (tmp_path / "weights").read_bytes() == CONTENT


def test_a_source_that_never_gets_anywhere_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        download(Source(0), tmp_path / "weights", MD5)
    assert not (tmp_path / "weights").exists()


def test_an_unreachable_source_is_given_up_at_once(tmp_path: Path) -> None:
    calls = []

    def unreachable(offset: int) -> Body:
        calls.append(offset)
        raise ConnectionRefusedError

    with pytest.raises(Unavailable):
        download(unreachable, tmp_path / "weights", MD5)
    assert calls == [0]


def test_a_file_with_another_digest_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(BrokenInvariant, match="not the published"):
        download(Source(len(CONTENT)), tmp_path / "weights", "0" * 32)
    assert list(tmp_path.iterdir()) == []
