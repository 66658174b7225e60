"""Writes a folder for each album."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from atlas_cli.client import AtlasClient
from atlas_cli.connection import Json

AT_ONCE = 16


@dataclass(frozen=True)
class Sticker:
    """A sticker written to `file`; `seen` are the addresses it was found at."""

    sha256: str
    file: Path
    seen: tuple[PurePosixPath, ...]


@dataclass(frozen=True)
class Album:
    """An album brought home; one without an id holds the stickers that fit none."""

    album_id: str
    name: str
    stickers: list[Sticker]


async def export_albums(client: AtlasClient, folder: Path) -> list[Album]:
    """Fetches every sticker of the published run: albums into numbered folders, outliers into one of their own."""
    albums = [album async for album in client.albums()]
    exported = []
    for number, album in enumerate(albums, 1):
        name = album["name"] or album["album_id"]
        own = folder / f"{number:03}-{_safe(name)}"
        exported.append(Album(album["album_id"], name, await _fetch(client, client.members(album["album_id"]), own)))
    return [*exported, Album("", "outliers", await _fetch(client, client.outliers(), folder / "outliers"))]


async def _fetch(client: AtlasClient, members: AsyncIterator[Json], folder: Path) -> list[Sticker]:
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    slots = asyncio.Semaphore(AT_ONCE)

    async def write(sha256: str) -> Sticker:
        async with slots:
            image = await client.image(sha256)
            seen = tuple(_path(sighting["url"]) for sighting in image["sightings"])
            file = folder / f"{_safe(seen[0].stem if seen else 'upload')}-{sha256[:8]}.{image['format']}"
            await asyncio.to_thread(file.write_bytes, await client.content(sha256))
            return Sticker(sha256, file, seen)

    return await asyncio.gather(*[write(member["sha256"]) async for member in members])


def _path(url: str) -> PurePosixPath:
    """The path that a URL names; within the archive for a member of one, which is the URL's fragment."""
    parts = urlsplit(url)
    return PurePosixPath(unquote(parts.fragment or parts.path))


def _safe(name: str) -> str:
    """Letters, digits, hyphens: what every file system takes and no path can be made of."""
    return "".join(character if character.isalnum() else "-" for character in name)[:60]
