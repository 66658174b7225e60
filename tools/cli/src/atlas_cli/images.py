"""atlas upload, search."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from atlas_cli.client import AtlasClient
from atlas_cli.connection import Json


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    upload = commands.add_parser("upload", help="store pictures from this machine; each gets an album at once")
    upload.add_argument("files", type=Path, nargs="+", metavar="FILE", help="a picture")
    upload.set_defaults(run=_upload)

    search = commands.add_parser("search", help="find stickers and albums that look like a picture")
    search.add_argument("file", type=Path, metavar="FILE", help="a picture, which is not stored")
    search.set_defaults(run=_search)


async def _upload(client: AtlasClient, console: Console, arguments: argparse.Namespace) -> None:
    for file in arguments.files:
        stored = await client.upload(file.name, file.read_bytes())
        console.print(f"{file}: {stored['sha256']}{' (known already)' if stored['duplicate'] else ''}")


async def _search(client: AtlasClient, console: Console, arguments: argparse.Namespace) -> None:
    found = await client.search(arguments.file.name, arguments.file.read_bytes())
    table = Table(Column("sticker", overflow="fold"), "distance", Column("album", overflow="fold"))
    for hit in found["neighbours"]:
        table.add_row(hit["sha256"], f"{hit['distance']:.3f}", hit["album_id"] or "none")
    console.print(table)
    if found["albums"]:
        first, *others = found["albums"]
        console.print(f"It would belong to {_named(first)} (strength {first['strength']:.2f}).")
        if others:
            console.print(f"Next come {', '.join(map(_named, others))}.")


def _named(album: Json) -> str:
    return str(album["name"] or album["album_id"])
