"""The Procfile format: `name: command`, a line each, in the order in which they start."""

import re
from pathlib import Path

_LINE = re.compile(r"^(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>.+)$")


def read_procfile(file: Path) -> dict[str, str]:
    """Commands by name."""
    matches = map(_LINE.match, file.read_text().splitlines())
    return {match["name"]: match["command"] for match in matches if match}
