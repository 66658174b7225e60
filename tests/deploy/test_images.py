"""The Dockerfiles agree with the rest of the repository about what goes into an image."""

import re
from pathlib import Path

import pytest

DOCKERFILES = ["Dockerfile", "deploy/minio/Dockerfile", "deploy/nats/Dockerfile"]


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_an_image_installs_with_the_makefile_s_uv(root: Path, dockerfile: str) -> None:
    (wanted,) = re.findall(r"^UV_VERSION := (.+)$", (root / "Makefile").read_text(), re.MULTILINE)
    assert re.findall(r"^ARG UV_VERSION=(.+)$", (root / dockerfile).read_text(), re.MULTILINE) == [wanted]


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_an_image_runs_as_nobody_in_particular(root: Path, dockerfile: str) -> None:
    last_stage = (root / dockerfile).read_text().rpartition("\nFROM ")[2]
    assert re.search(r"^USER 65532", last_stage, re.MULTILINE)
    assert not re.search(r"^RUN", last_stage, re.MULTILINE), "the runtime stage only copies"


def test_the_image_holds_the_same_minio_as_the_laptop(root: Path) -> None:
    pinned = re.compile(r"v0\.0\.0-\d{14}-[0-9a-f]{12}")
    image = set(pinned.findall((root / "deploy/minio/Dockerfile").read_text()))
    laptop = set(pinned.findall((root / "tools/laptop/src/atlas_laptop/minio.py").read_text()))
    assert len(image) == 1
    assert image == laptop
