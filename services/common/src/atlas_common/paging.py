"""Pages of a list, by tokens that callers pass back as they came."""

from collections.abc import Sequence
from typing import TypeVar

from atlas_common.errors import InvalidInput

USUAL, MOST = 50, 500

Item = TypeVar("Item")


class InvalidPageToken(InvalidInput):
    reason = "invalid_page_token"


def page_of(items: Sequence[Item], size: int, token: str) -> tuple[Sequence[Item], str]:
    """The items from where `token` says, `size` of them (0: as usual), and the token of the next page.

    An empty token stands for the first page, and follows the last. Raises `InvalidPageToken`.
    """
    if token and not token.isdecimal():
        raise InvalidPageToken(f"{token!r} is no page token of this listing")
    start = int(token or 0)
    end = start + min(size or USUAL, MOST)
    return items[start:end], str(end) if end < len(items) else ""
