"""Bytes for people to read."""

from codecs import getincrementaldecoder


def readable(content: bytes) -> str:
    """The bytes as text in quotes, less a character that is cut off at the end; in hexadecimal if they are no text."""
    try:
        text = " ".join(getincrementaldecoder("utf-8")().decode(content).split())
    except UnicodeDecodeError:
        return content.hex(" ")
    return repr(text) if text.isprintable() else content.hex(" ")
