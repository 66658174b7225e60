"""Folders in the bucket, with a dictionary for a bucket."""

from pathlib import Path

import pytest
from atlas_common.errors import BrokenInvariant, NotFound
from atlas_common.folders import download, main, upload


class Bucket:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    async def put(self, key: str, content: bytes, content_type: str = "") -> None:
        self.objects[key] = content

    async def get(self, key: str) -> bytes:
        try:
            return self.objects[key]
        except KeyError as error:
            raise NotFound(key) from error


@pytest.fixture
async def bucket(tmp_path: Path) -> Bucket:
    (tmp_path / "model/1/variables").mkdir(parents=True)
    (tmp_path / "model/1/saved_model.pb").write_bytes(b"graph")
    (tmp_path / "model/1/variables/data").write_bytes(b"weights")
    bucket = Bucket()
    await upload(bucket, tmp_path / "model", "models/m")
    return bucket


async def test_a_folder_comes_back_as_it_was(bucket: Bucket, tmp_path: Path) -> None:
    await download(bucket, "models/m", tmp_path / "copy")
    assert (tmp_path / "copy/1/saved_model.pb").read_bytes() == b"graph"
    assert (tmp_path / "copy/1/variables/data").read_bytes() == b"weights"


async def test_the_list_of_files_is_written_last(bucket: Bucket) -> None:
    assert list(bucket.objects)[-1] == "models/m/files.json"


async def test_a_folder_that_is_still_being_uploaded_is_not_there(bucket: Bucket, tmp_path: Path) -> None:
    del bucket.objects["models/m/files.json"]
    with pytest.raises(NotFound):
        await download(bucket, "models/m", tmp_path / "copy")


async def test_a_file_that_was_altered_is_refused(bucket: Bucket, tmp_path: Path) -> None:
    bucket.objects["models/m/1/saved_model.pb"] = b"other"
    with pytest.raises(BrokenInvariant, match="saved_model"):
        await download(bucket, "models/m", tmp_path / "copy")


@pytest.mark.parametrize("words", [[], ["upload"], ["download", "models/m"], ["move", "a", "b"]])
def test_words_that_say_too_little_are_answered_with_how_it_is_called(
    monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["folders", *words])
    with pytest.raises(SystemExit, match="upload FOLDER PREFIX"):
        main()
