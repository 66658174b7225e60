"""Writes a folder for each album."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from atlas_cli.client import AtlasClient, Json

AT_ONCE = 16


@dataclass(frozen=True)
class Sticker:
    """A sticker written to `file`; `seen` are the addresses it was found at."""

    sha256: str
    file: Path
    seen: tuple[PurePosixPath, ...]


@dataclass(frozen=True)
class Album:
    """An album written to `folder`, or the stickers that fit none."""

    album_id: str
    name: str
    folder: Path
    stickers: list[Sticker]


async def export_albums(client: AtlasClient, folder: Path) -> list[Album]:
    """Fetches every sticker of the published run into a folder named by its album, outliers into one of their own."""
    albums = [
        await _export(client, client.members(album["album_id"]), album["album_id"], album["name"] or "album", folder)
        async for album in client.albums()
    ]
    return [*albums, await _export(client, client.outliers(), "", "outliers", folder)]


async def _export(client: AtlasClient, members: AsyncIterator[Json], album_id: str, name: str, parent: Path) -> Album:
    folder = parent / "-".join(filter(None, (_safe(name), _safe(album_id)[:8])))
    folder.mkdir(parents=True, exist_ok=True)
    slots = asyncio.Semaphore(AT_ONCE)

    async def write(sha256: str) -> Sticker:
        async with slots:
            image = await client.image(sha256)
            seen = tuple(PurePosixPath(unquote(urlsplit(sighting["url"]).path)) for sighting in image["sightings"])
            file = folder / f"{_safe(seen[0].stem if seen else 'upload')}-{sha256[:8]}.{image['format']}"
            file.write_bytes(await client.content(sha256))
            return Sticker(sha256, file, seen)

    return Album(album_id, name, folder, await asyncio.gather(*[write(member["sha256"]) async for member in members]))


def _safe(name: str) -> str:
    """Letters, digits, hyphens: what every file system takes and no path can be made of."""
    return "".join(character if character.isalnum() else "-" for character in name)[:80]
