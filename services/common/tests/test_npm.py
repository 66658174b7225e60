"""Packages from npm, with a script in npm's place."""

import base64
import hashlib
from pathlib import Path

import pytest
from atlas_common import npm
from atlas_common.errors import BrokenInvariant, Unavailable

CONTENT = b"a tarball"
SHA512 = base64.b64encode(hashlib.sha512(CONTENT).digest()).decode()


def put_npm(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "npm"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@pytest.fixture
def packing_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_npm(
        tmp_path,
        monkeypatch,
        f'for last; do :; done; printf "{CONTENT.decode()}" > "$last/cats-1.0.0.tgz"; echo cats-1.0.0.tgz',
    )


@pytest.mark.usefixtures("packing_npm")
def test_a_package_is_fetched_as_a_tarball(tmp_path: Path) -> None:
    assert npm.pack("cats@1.0.0", SHA512, tmp_path).read_bytes() == CONTENT


@pytest.mark.usefixtures("packing_npm")
def test_another_package_than_the_pinned_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenInvariant, match="not the pinned"):
        npm.pack("cats@1.0.0", "AAAA", tmp_path)


def test_what_npm_says_when_it_fails_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_npm(tmp_path, monkeypatch, "echo no such package >&2; exit 1")
    with pytest.raises(Unavailable, match="could not fetch cats@9: no such package"):
        npm.pack("cats@9", SHA512, tmp_path)


def test_without_npm_on_path_the_python_package_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    node, script = npm._npm()
    assert Path(node).exists()
    assert Path(script).exists()
