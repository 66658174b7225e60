"""Secrets of one installation: made once, kept in a file that only its owner can read."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

NAMES = ("ATLAS_STORE_ACCESS_KEY", "ATLAS_STORE_SECRET_KEY", "ATLAS_QUEUE_TOKEN", "ATLAS_GATEWAY_TOKEN")


def load_secrets(file: Path) -> dict[str, str]:
    """The secrets in `file` by their settings' names; the file is written first where it is missing."""
    if not file.exists():
        write_environment(file, {name: f"atlas{secrets.token_hex(16)}" for name in NAMES})
    return read_environment(file)


def write_environment(file: Path, environment: Mapping[str, str]) -> None:
    """Writes NAME=value lines, readable by the owner alone from the first byte on."""
    partial = file.with_name(f"{file.name}.partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
        output.writelines(f"{name}={value}\n" for name, value in environment.items())
    partial.replace(file)


def read_environment(file: Path) -> dict[str, str]:
    """What `write_environment` wrote."""
    return dict(line.split("=", 1) for line in file.read_text().splitlines())
