from pathlib import Path

from atlas_laptop.credentials import NAMES, load_secrets


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"
    first = load_secrets(file)
    assert set(first) == set(NAMES)
    assert len(set(first.values())) == len(NAMES)
    assert load_secrets(file) == first


def test_only_the_owner_can_read_the_secrets(tmp_path: Path) -> None:
    load_secrets(tmp_path / "secrets.env")
    assert [file.stat().st_mode & 0o777 for file in tmp_path.iterdir()] == [0o600]
