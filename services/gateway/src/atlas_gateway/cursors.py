"""Opaque cursors: where a listing goes on. Clients pass them back unread, so what they hold may change."""

import base64
import json

from atlas_common.errors import InvalidInput

Position = list[str | float | None]


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
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise InvalidCursor from error
    plain = isinstance(position, list) and all(isinstance(part, str | int | float | None) for part in position)
    if not plain or len(position) != length:
        raise InvalidCursor
    return list(position)
