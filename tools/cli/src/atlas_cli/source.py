"""What a crawl starts from."""

from pathlib import Path
from typing import Any

from atlas_cli.connection import Json

ON_DISK = {"folder", "archive", "saved", "webdataset", "urls"}
"""Kinds of sources that may be files."""


def source(location: str, kind: str | None = None, **limits: Any) -> Json:
    """A crawl's source as the gateway expects it."""
    kind = kind or _guess(location)
    return {"kind": kind, "location": _whole(location) if kind in ON_DISK else location, **limits}


def _guess(location: str) -> str:
    if location.startswith(("http://", "https://")):
        return "web"
    return "archive" if location.endswith((".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz")) else "folder"


def _whole(location: str) -> str:
    """A path whole, where there is one here: the crawler starts from another folder than whoever types."""
    if "://" in location:
        return location
    path = Path(location).expanduser()
    return str(path.absolute()) if path.exists() else location
