"""Lists of image addresses: given with the crawl, or a file of lines, CSV, JSON lines or Parquet, compressed or not."""

import asyncio
import csv
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.parquet as pq
from atlas_common.errors import InvalidInput

from atlas_crawler.model.crawls import Origin
from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.links import Link, LinkKind
from atlas_crawler.sources.locations import as_url, canonical
from atlas_crawler.sources.source import Found, Page, Reader

GIVEN = "urls"
"""The option that holds the addresses themselves."""
AT_ONCE = 1024
LONGEST_LINE = 64 * 1024

BROKEN = (OSError, EOFError, zlib.error, csv.Error, ValueError, RecursionError, pa.ArrowException)

Row = Mapping[str, object]


class UrlList:
    """Options: `urls`, addresses one a line, in place of a location; `column`, where a table keeps them (`url`)."""

    options = frozenset({GIVEN, "column"})

    def start(self, origin: Origin) -> Iterable[Link]:
        if origin.location:
            return [Link(as_url(origin.location), LinkKind.PAGE)]
        links = [Link(canonical(url), LinkKind.IMAGE) for url in origin.options.get(GIVEN, "").split()]
        if not links:
            raise InvalidInput("a URL list needs a location, or addresses in its option urls", reason="bad_location")
        return links

    async def read(self, page: Page, reader: Reader) -> AsyncIterator[Found]:
        column = page.origin.options.get("column", "url")
        async with reader.open(page) as path:
            rows = rows_of(path, column)
            try:
                while some := await asyncio.to_thread(lambda: list(islice(rows, AT_ONCE))):
                    for row in some:
                        if url := str(row.get(column) or "").strip():
                            title, author = str(row.get("title") or ""), str(row.get("author") or "")
                            yield Link(url, LinkKind.IMAGE, page.link.url, title, author, depth=1)
            except BROKEN as error:
                raise LinkFailed("broken_list", str(error)) from None


def rows_of(path: Path, column: str) -> Iterator[Row]:
    """The rows of a list, whose form its first bytes tell; a line that is nothing else is an address."""
    with path.open("rb") as file:
        start = file.read(4)
    if start == b"PAR1":
        for batch in pq.ParquetFile(path).iter_batches(AT_ONCE):
            yield from batch.to_pylist()
        return
    with _text(path, compressed=start[:2] == b"\x1f\x8b") as text:
        yield from _rows_of_text(text, column)


def _rows_of_text(text: TextIO, column: str) -> Iterator[Row]:
    first = text.readline(LONGEST_LINE)
    lines = chain([first], iter(lambda: text.readline(LONGEST_LINE), ""))
    if first.lstrip().startswith("{"):
        for line in filter(str.strip, lines):
            row = json.loads(line)
            if isinstance(row, dict):
                yield row
    elif column in next(csv.reader([first]), []):
        yield from csv.DictReader(lines)
    else:
        yield from ({column: line} for line in lines)


@contextmanager
def _text(path: Path, *, compressed: bool) -> Iterator[TextIO]:
    opener = gzip.open if compressed else open
    with opener(path, "rt", encoding="utf-8-sig", errors="replace", newline="") as text:
        yield text
