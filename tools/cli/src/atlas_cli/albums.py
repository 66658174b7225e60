"""atlas albums, album, export."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from atlas_cli.client import AtlasClient
from atlas_cli.export import export_albums


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    commands.add_parser("albums", help="list the albums of the published run").set_defaults(run=_albums)

    album = commands.add_parser("album", help="list the stickers of an album")
    album.add_argument("album_id", help="the album's id, as `atlas albums` lists it")
    album.set_defaults(run=_album)

    export = commands.add_parser("export", help="write a folder for each album with its stickers in it")
    export.add_argument("folder", type=Path, help="where to write them; made if it is not there")
    export.set_defaults(run=_export)


async def _albums(client: AtlasClient, console: Console, _: argparse.Namespace) -> None:
    table = Table(
        Column("album", overflow="fold"), "name", "stickers", Column("nearest to the centre", overflow="fold")
    )
    async for album in client.albums():
        table.add_row(album["album_id"], album["name"] or "", str(album["size"]), album["medoid"] or "")
    console.print(table if table.rows else "There are no albums yet: `atlas run` groups the stickers into some.")


async def _album(client: AtlasClient, console: Console, arguments: argparse.Namespace) -> None:
    table = Table(Column("sticker", overflow="fold"), "strength")
    async for member in client.members(arguments.album_id):
        strength = member["strength"]
        table.add_row(member["sha256"], "" if strength is None else f"{strength:.2f}")
    console.print(table)


async def _export(client: AtlasClient, console: Console, arguments: argparse.Namespace) -> None:
    albums = await export_albums(client, arguments.folder)
    for album in albums:
        console.print(f"{album.name}: {len(album.stickers)} stickers")
