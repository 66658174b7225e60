from pathlib import Path

import pytest
from atlas_laptop import installation
from atlas_laptop.installation import STORE, installed
from atlas_laptop.parts import parts

pytestmark = pytest.mark.enable_socket


@pytest.fixture(autouse=True)
def minio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(installation, "find_minio", lambda _: tmp_path / "minio")


def test_an_installation_runs_a_minio_of_its_own(tmp_path: Path) -> None:
    with installed(tmp_path, print) as own:
        assert parts(own)[0].name == "minio"
        assert own.environment[STORE] == f"http://{own.environment['MINIO_ADDRESS']}"


def test_a_misspelt_setting_is_told_with_what_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_CRAWLER_FOLDRES", "/stickers")
    told: list[str] = []
    with installed(tmp_path, told.append):
        assert "ATLAS_CRAWLER_FOLDRES is no setting and does nothing: is ATLAS_CRAWLER_FOLDERS meant?" in told


def test_a_store_that_the_user_names_takes_the_place_of_minio(tmp_path: Path) -> None:
    with installed(tmp_path, print, {STORE: "https://store.example"}) as own:
        assert "minio" not in {part.name for part in parts(own)}
        assert own.environment[STORE] == "https://store.example"
