"""Archives: the images in a zip or tar file (however compressed), read in place; nothing is ever unpacked to disk."""

import asyncio
import os
import tarfile
import zipfile
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import IO
from urllib.parse import quote

from atlas_crawler.model.crawls import Origin
from atlas_crawler.model.exceptions import LinkFailed, too_large
from atlas_crawler.model.links import Link, LinkKind
from atlas_crawler.sources.locations import as_url, text_of
from atlas_crawler.sources.source import NO_OPTIONS, PART_BYTES_AT_ONCE, Found, Page, Part, Reader

BROKEN = (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


class Archive:
    options = NO_OPTIONS

    def start(self, origin: Origin) -> Iterable[Link]:
        return [Link(as_url(origin.location), LinkKind.PAGE)]

    async def read(self, page: Page, reader: Reader) -> AsyncIterator[Found]:
        async with reader.open(page) as path:
            samples = ((text_of(member[0]), [member]) for member in members_of(path, reader.largest_image))
            async for part in parts_of(samples, page, reader):
                yield part


Member = tuple[str, bytes | LinkFailed]
Sample = tuple[str, list[Member]]
"""Members that belong together, under a title."""


async def parts_of(samples: Iterator[Sample], page: Page, reader: Reader) -> AsyncIterator[Part]:
    """The images in an archive, read some at a time, as there is room for them in memory."""
    room = 0
    while True:
        if room <= 0:
            await reader.room(PART_BYTES_AT_ONCE + reader.largest_image)
            room = PART_BYTES_AT_ONCE
        try:
            sample = await asyncio.to_thread(next, samples, None)
        except BROKEN as error:
            raise LinkFailed("broken_archive", str(error)) from None
        if sample is None:
            return
        title, images = sample
        for name, content in images:
            room -= len(content) if isinstance(content, bytes) else 0
            url = f"{page.link.url}#{quote(os.fsencode(name))}"
            yield Part(Link(url, LinkKind.PART, page.link.url, title, depth=1), content)


def members_of(path: Path, largest: int) -> Iterator[Member]:
    """Name and bytes of every file in the archive; a file larger than `largest` comes as a failure."""
    return _zip_members(path, largest) if zipfile.is_zipfile(path) else tar_members(path, largest)


def _zip_members(path: Path, largest: int) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                try:
                    with archive.open(member) as file:
                        yield member.filename, _content(file, member.file_size, largest)
                except BROKEN as error:
                    yield member.filename, LinkFailed("broken_member", str(error))


def tar_members(path: Path, largest: int) -> Iterator[Member]:
    """As `members_of`, for a tar file, read from its start to its end once."""
    with tarfile.open(path, "r|*") as archive:
        for member in archive:
            if member.isfile() and (file := archive.extractfile(member)) is not None:
                yield member.name, _content(file, member.size, largest)


def _content(file: IO[bytes], stated: int, largest: int) -> bytes | LinkFailed:
    """The bytes, of which no more are read than `largest`, whatever size is stated."""
    content = b"" if stated > largest else file.read(largest + 1)
    return too_large(largest) if max(stated, len(content)) > largest else content
