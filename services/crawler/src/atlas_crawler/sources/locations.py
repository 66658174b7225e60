"""Locations: http(s) addresses, and files by path or file: URL."""

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes, urldefrag, urlsplit

from atlas_common import addresses
from atlas_common.errors import InvalidInput


def as_url(location: str) -> str:
    """The location as a URL. Raises `InvalidInput` for one that is neither http(s) nor a file."""
    try:
        scheme = urlsplit(location).scheme
    except ValueError as error:
        raise InvalidInput(f"{location!r} is no address: {error}", reason="bad_location") from None
    if scheme in ("http", "https"):
        return canonical(location)
    if scheme == "file":
        return path_of(location).absolute().as_uri()
    if not scheme and location:
        return Path(location).absolute().as_uri()
    raise InvalidInput(f"{location!r} is no http(s) address and no path", reason="bad_location")


def canonical(url: str) -> str:
    """One spelling for one address, without its fragment. Raises `InvalidInput`."""
    try:
        return addresses.canonical(urldefrag(url).url)
    except ValueError as error:
        raise InvalidInput(f"{url!r} is no address: {error}", reason="bad_location") from None


def path_of(url: str) -> Path:
    """The path of a file: URL."""
    return Path(os.fsdecode(unquote_to_bytes(urlsplit(url).path)))


def text_of(name: str) -> str:
    """A file's name to read: one that is no UTF-8 is taken for GB 18030, which Chinese systems wrote before."""
    stored = os.fsencode(name)
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored.decode("gb18030", "replace")
