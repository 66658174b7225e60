"""Protobuf's wire format, in which large values are read where they lie: a message object would copy them twice."""

from google.protobuf.message import DecodeError

VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5
"""Kinds of fields, told by the last three bits of their tags."""


def take_out(message: memoryview, number: int) -> tuple[bytes, list[memoryview]]:
    """The message without its fields of this number, and what those hold, which is bytes or messages, as views of it.

    Raises `DecodeError` for what is no message.
    """
    rest, values, start = bytearray(), list[memoryview](), 0
    while start < len(message):
        tag, at = _varint(message, start)
        begin, end = _value(message, at, tag & 7)
        if end > len(message):
            raise DecodeError("a field is longer than its message")
        if tag == number << 3 | BYTES:
            values.append(message[begin:end])
        else:
            rest += message[start:end]
        start = end
    return bytes(rest), values


def _value(message: memoryview, at: int, kind: int) -> tuple[int, int]:
    """Where the value of a field, whose tag ends at `at`, begins and ends."""
    if kind == VARINT:
        return at, _varint(message, at)[1]
    if kind == BYTES:
        length, begin = _varint(message, at)
        return begin, begin + length
    if kind in (FIXED_32, FIXED_64):
        return at, at + (4 if kind == FIXED_32 else 8)
    raise DecodeError(f"no field is of kind {kind}")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """The number at `at`, seven bits a byte, the lowest first, and where it ends."""
    number = 0
    for index, byte in enumerate(message[at : at + 10]):
        number |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return number, at + index + 1
    raise DecodeError("a number does not end")
