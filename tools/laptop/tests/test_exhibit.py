from pathlib import Path

import pytest
from atlas_laptop.demo.exhibit import exhibit
from atlas_laptop.errors import DemoFailed


async def test_the_demo_takes_a_folder_in_the_home_as_its_user_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stickers").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    async with exhibit("~/stickers", tmp_path / "site") as shown:
        assert shown.source["kind"] == "folder"
        assert shown.settings == {"ATLAS_CRAWLER_FOLDERS": str(tmp_path / "stickers")}


async def test_an_archive_is_read_from_the_folder_that_it_is_in(tmp_path: Path) -> None:
    (tmp_path / "pack.zip").touch()
    async with exhibit(str(tmp_path / "pack.zip"), tmp_path / "site") as shown:
        assert shown.source["kind"] == "archive"
        assert shown.settings == {"ATLAS_CRAWLER_FOLDERS": str(tmp_path)}


async def test_what_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(DemoFailed, match="nowhere does not exist"):
        async with exhibit(str(tmp_path / "nowhere"), tmp_path / "site"):
            pass
