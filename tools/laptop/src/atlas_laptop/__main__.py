"""python -m atlas_laptop: what `make minio`, `make up` and `make demo` call."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from atlas_cli.client import GatewayError
from rich.console import Console

from atlas_laptop.demo.run import demo
from atlas_laptop.errors import LaptopError
from atlas_laptop.minio import find_minio
from atlas_laptop.up import up


def main() -> None:
    arguments = _parser().parse_args()
    console = Console(highlight=False, markup=False, soft_wrap=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        match arguments.command:
            case "minio":
                find_minio(console.print)
            case "up":
                asyncio.run(up(arguments.data, console))
            case "demo":
                asyncio.run(demo(arguments.source, arguments.folder, arguments.keep and sys.stdout.isatty(), console))
    except (GatewayError, LaptopError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        console.print("Stopped.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="atlas_laptop", description=sys.modules["atlas_laptop"].__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("minio", help="find MinIO, or build it once from its pinned source")
    serve = commands.add_parser("up", help="run every part until Ctrl-C")
    serve.add_argument("--data", type=Path, default=Path("data"), help="folder that keeps everything (default: data)")
    show = commands.add_parser("demo", help="crawl real stickers and group them into albums")
    show.add_argument("--source", default="", help="a folder, URL or archive instead of the packs that are fetched")
    show.add_argument("--folder", type=Path, default=Path("build/demo"), help="where to leave it all")
    show.add_argument("--keep", type=_yes_or_no, default=True, help="0: end after the report, even on a terminal")
    return parser


def _yes_or_no(text: str) -> bool:
    return text not in ("", "0", "no", "false")


if __name__ == "__main__":
    main()
