"""Finds the gateway to talk to."""

import re
from collections.abc import Mapping
from pathlib import Path

from atlas_cli.connection import Gateway, GatewayError

DEFAULT_URL = "http://127.0.0.1:8080"


def find_gateway(environment: Mapping[str, str], file: Path) -> Gateway:
    """The gateway that the environment names, else the one in a file of NAME=value lines, else the usual address.

    Raises `GatewayError` for what is no address.
    """
    written = _read(file) if file.exists() else {}
    known = {**written, **environment}
    url = known.get("ATLAS_GATEWAY_URL", DEFAULT_URL)
    if not re.match("https?://[^/]", url):
        raise GatewayError(f"ATLAS_GATEWAY_URL is {url!r}, which is no http(s) address")
    return Gateway(url, known.get("ATLAS_GATEWAY_TOKEN", ""))


def _read(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)
