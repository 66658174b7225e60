"""Opaque cursors: where a listing goes on. Clients pass them back unread, so what they hold may change."""

import base64
import json
import math
import re

from atlas_common.errors import InvalidInput

Position = list[str | float | None]

SURROGATE = re.compile("[\ud800-\udfff]")


class InvalidCursor(InvalidInput):
    reason = "invalid_cursor"
    field = "cursor"

    def __init__(self) -> None:
        super().__init__("this is no cursor of this listing: start without one, then pass next_cursor as it came")


def encode(position: Position) -> str:
    """A cursor for a position: the sort key of the last item that was shown."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).rstrip(b"=").decode()


def decode(cursor: str, length: int) -> Position:
    """The position that `encode` was given, which had `length` parts. Raises `InvalidCursor`."""
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), parse_int=float)
    except (ValueError, RecursionError) as error:
        raise InvalidCursor from error
    if not isinstance(position, list) or len(position) != length or not all(map(_is_key, position)):
        raise InvalidCursor
    return position


def _is_key(part: object) -> bool:
    """Whether it can be part of a sort key; JSON lets pass numbers without end, and halves of surrogate pairs."""
    match part:
        case None:
            return True
        case float():
            return math.isfinite(part)
        case str():
            return not SURROGATE.search(part)
        case _:
            return False
