from collections.abc import Callable
from pathlib import Path

import pytest
from atlas_laptop.errors import BuildFailed
from atlas_laptop.minio import VERSION, find_minio


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Puts a `go` on PATH that runs the script given, and an empty cache folder in the user's place."""

    def install(script: str) -> Path:
        program = tmp_path / "bin" / "go"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n[ $1 = env ] && {{ echo go1.30.1; exit; }}\n{script}\n")
        program.chmod(0o755)
        return tmp_path / "cache" / "sticker-atlas" / f"minio-{VERSION}" / "minio"

    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return install


def test_minio_is_built_once_and_kept(go: Callable[[str], Path]) -> None:
    binary = go("mkdir -p $GOBIN && echo built >> $GOBIN/minio")
    told: list[str] = []
    assert find_minio(told.append) == binary
    assert find_minio(told.append) == binary
    assert binary.read_text() == "built\n"
    assert len([line for line in told if "building" in line]) == 1


def test_a_build_that_fails_leaves_no_binary_and_tells_why(go: Callable[[str], Path]) -> None:
    binary = go("echo no space left >&2; exit 1")
    with pytest.raises(BuildFailed, match="no space left"):
        find_minio(lambda _: None)
    assert not binary.exists()


def test_the_minio_on_path_is_taken_first(go: Callable[[str], Path], tmp_path: Path) -> None:
    go("exit 1")
    program = tmp_path / "bin" / "minio"
    program.touch(mode=0o755)
    assert find_minio(lambda _: None) == program
