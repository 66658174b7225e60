"""Protobuf's timestamps."""

from datetime import UTC, datetime

from google.protobuf.message import Message


def moment(message: Message, field: str) -> datetime | None:
    """The time in a Timestamp field, or None where it is not set."""
    if not message.HasField(field):
        return None
    when: datetime = getattr(message, field).ToDatetime(tzinfo=UTC)
    return when
