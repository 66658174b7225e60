"""Assignments and albums as files, written while they are read, so that memory does not grow with them."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from atlas_gateway.media import SUFFIXES, media_type

LINES = 1000


def as_csv(rows: Iterable[dict[str, Any]], columns: Iterable[str]) -> Iterator[str]:
    """Lines of a CSV file with a header."""
    line = io.StringIO()
    writer = csv.DictWriter(line, list(columns))
    writer.writeheader()
    for row in rows:
        writer.writerow(row)
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def as_json(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """A JSON array, an item a line."""
    separator = "[\n"
    for row in rows:
        yield separator + json.dumps(row)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def in_blocks(lines: Iterable[str]) -> Iterator[str]:
    """The lines, many at a time: each piece of an answer is handed from a thread to the event loop."""
    left = iter(lines)
    while block := "".join(islice(left, LINES)):
        yield block


class ZipWriter:
    """A zip archive of stored (uncompressed) files that is handed out as it grows."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_STORED)

    def add(self, sha256: str, content: bytes) -> bytes:
        """Add a picture under its SHA-256; returns what there is to send."""
        suffix = SUFFIXES.get(media_type(content) or "", "")
        self._zip.writestr(zipfile.ZipInfo(sha256 + suffix), content)
        return self._sink.drain()

    def close(self) -> bytes:
        """End the archive; returns what is left to send."""
        self._zip.close()
        return self._sink.drain()


class _Sink(io.RawIOBase):
    """A file that can't be read or sought; what is written waits to be drained."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, chunk: Any) -> int:
        self._waiting += chunk
        return len(chunk)

    def drain(self) -> bytes:
        drained = bytes(self._waiting)
        self._waiting.clear()
        return drained
