"""MinIO, which comes as source only: the `minio` on PATH, else one built from its pinned source and cached."""

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from atlas_laptop.cache import cache_folder
from atlas_laptop.errors import BuildFailed
from atlas_laptop.go import find_go

VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"
"""The head of main: the last release tag misses a security fix."""

PACKAGES = 1300
"""How many packages this version compiles, about, for the progress shown."""

Tell = Callable[[str], None]


def find_minio(tell: Tell) -> Path:
    """The `minio` program; built at the first call on a machine without one, which takes minutes.

    Raises:
        PartMissing: there is no Go to build it with.
        BuildFailed: Go refused.
    """
    if on_path := shutil.which("minio"):
        return Path(on_path)
    binary = cache_folder() / f"minio-{VERSION}" / "minio"
    if not binary.exists():
        with _only_one(binary.parent, tell):
            if not binary.exists():
                _build(binary, tell)
    return binary


@contextmanager
def _only_one(folder: Path, tell: Tell) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("MinIO: another build is under way, waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(binary: Path, tell: Tell) -> None:
    """Builds beside the goal and moves there at the end; what was downloaded stays for the next try on failure."""
    work = binary.parent / "build"
    environment = os.environ | {
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOPATH": str(work / "path"),
        "GOMODCACHE": str(work / "modules"),
        "GOCACHE": str(work / "objects"),
        "GOBIN": str(work / "bin"),
        "GOFLAGS": "-modcacherw",
    }
    command = [str(find_go()), "install", "-v", "-trimpath", "-ldflags", "-s -w", f"github.com/minio/minio@{VERSION}"]
    tell("MinIO: building it from source, once for every clone on this machine (some 4 minutes on 2 cores)")
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as build:
        last_words = _follow(build.stderr or (), tell)
    if build.returncode != 0:
        raise BuildFailed(f"go install of MinIO ended with {build.returncode}: {last_words}")
    (work / "bin" / "minio").replace(binary)
    shutil.rmtree(work)
    tell(f"MinIO: built, {binary}")


def _follow(lines: Iterable[str], tell: Tell) -> str:
    """Tells every tenth of the way; returns the last line."""
    started, downloaded, compiled, line = time.monotonic(), 0, 0, ""
    for line in lines:
        if line.startswith("go: downloading"):
            downloaded += 1
        else:
            compiled += 1
        if (downloaded + compiled) % (PACKAGES // 10) == 0:
            seconds = time.monotonic() - started
            tell(f"MinIO: {downloaded} modules fetched, {compiled} of {PACKAGES} packages built, {seconds:.0f} s")
    return line.strip()
