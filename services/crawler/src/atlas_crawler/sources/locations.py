"""Locations: http(s) addresses, and files by path or file: URL."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from atlas_common.errors import InvalidInput
from yarl import URL


def as_url(location: str) -> str:
    """The location as a URL. Raises `InvalidInput` for one that is neither http(s) nor a file."""
    scheme = urlsplit(location).scheme
    if scheme in ("http", "https"):
        return canonical(location)
    if scheme in ("", "file") and location:
        return Path(unquote(location.removeprefix("file://"))).absolute().as_uri()
    raise InvalidInput(f"{location!r} is no http(s) address and no path", reason="bad_location")


def canonical(url: str) -> str:
    """One spelling for one address: host in lower case, no default port, no fragment. Raises `InvalidInput`."""
    try:
        return str(URL(url).with_fragment(None))
    except ValueError as error:
        raise InvalidInput(f"{url!r} is no address: {error}", reason="bad_location") from None


def path_of(url: str) -> Path:
    """The path of a file: URL."""
    return Path(unquote(urlsplit(url).path))
