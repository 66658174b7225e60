"""Things that every clone on a machine can share."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """The user's cache folder, by the XDG convention."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sticker-atlas"
