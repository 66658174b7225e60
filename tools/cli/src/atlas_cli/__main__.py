"""atlas: talks to a gateway from a terminal."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from rich.console import Console

from atlas_cli import albums, crawls, images, runs, status
from atlas_cli.client import AtlasClient
from atlas_cli.connection import GatewayError
from atlas_cli.gateway import find_gateway

DESCRIPTION = """\
Crawls stickers, groups them into albums and brings the albums home, through the gateway of a Sticker Atlas.

  atlas crawl https://example.org/stickers --depth 2    fetch the stickers of a site
  atlas run --k auto                                    group all stickers into albums
  atlas albums                                          list the albums
  atlas export albums/                                  write a folder for each album
"""

EPILOG = """\
The gateway is found in ATLAS_GATEWAY_URL, with the token that lets you change things in ATLAS_GATEWAY_TOKEN; where they
are not set, in the file that `make up` writes (data/atlas.env, or the one --env names).
"""


UNBOUNDED = 10_000
"""Columns of what is no terminal: whoever reads lines, reads them whole."""


def main() -> None:
    arguments = parser().parse_args()
    console = Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else UNBOUNDED)
    try:
        asyncio.run(_run(arguments, console))
    except GatewayError as error:
        sys.exit(f"atlas: {error}")
    except OSError as error:
        sys.exit(f"atlas: {error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit(130)


def parser() -> argparse.ArgumentParser:
    """The whole command line; each module adds its own commands."""
    root = argparse.ArgumentParser(
        prog="atlas", description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    root.add_argument(
        "--env",
        type=_file,
        default=Path("data/atlas.env"),
        help="file to find the gateway in (default: data/atlas.env)",
    )
    commands = root.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (crawls, images, runs, albums, status):
        module.add_commands(commands)
    return root


def _file(name: str) -> Path:
    if not Path(name).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {name}")
    return Path(name)


async def _run(arguments: argparse.Namespace, console: Console) -> None:
    aside = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    async with AtlasClient(find_gateway(os.environ, arguments.env), tell=aside.print) as client:
        await arguments.run(client, console, arguments)


if __name__ == "__main__":
    main()
