"""Finds the gateway to talk to."""

import re
from collections.abc import Mapping
from pathlib import Path

import httpx

from atlas_cli.connection import Gateway, GatewayError

DEFAULT_URL = "http://127.0.0.1:8080"
ADDRESS = re.compile(r"https?://\S+")
TOKEN = re.compile("[!-~]*")  # what an HTTP header can carry


def find_gateway(environment: Mapping[str, str], file: Path) -> Gateway:
    """The gateway that the environment names, else the one in a file of NAME=value lines, else the usual address.

    The token in the file goes to no other gateway than the file's. Raises `GatewayError` for what is no address, or no
    token.
    """
    written = {"ATLAS_GATEWAY_URL": DEFAULT_URL, **(_read(file) if file.exists() else {})}
    url = environment.get("ATLAS_GATEWAY_URL", written["ATLAS_GATEWAY_URL"])
    own = written if url == written["ATLAS_GATEWAY_URL"] else {}
    token = environment.get("ATLAS_GATEWAY_TOKEN", own.get("ATLAS_GATEWAY_TOKEN", ""))
    if not _is_address(url):
        raise GatewayError(f"ATLAS_GATEWAY_URL is {url!r}, which is no http(s) address")
    if not TOKEN.fullmatch(token):
        raise GatewayError("ATLAS_GATEWAY_TOKEN holds a space or a letter that no token has: copy it again")
    return Gateway(url, token)


def _is_address(url: str) -> bool:
    try:
        return bool(httpx.URL(url).host) and ADDRESS.fullmatch(url) is not None
    except httpx.InvalidURL:
        return False


def _read(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)
