"""python -m atlas_laptop: what `make minio` and `make up` call."""

import argparse
import os
from functools import partial
from pathlib import Path

from rich.console import Console

import atlas_laptop
from atlas_laptop.commands import run
from atlas_laptop.installation import STORE
from atlas_laptop.minio import find_minio
from atlas_laptop.up import up


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m atlas_laptop", description=atlas_laptop.__doc__)
    commands = parser.add_subparsers(required=True)
    minio = commands.add_parser("minio", help="find MinIO, or build it once from its pinned source")
    minio.set_defaults(run=lambda _: _minio)
    serve = commands.add_parser("up", help="run every part until Ctrl-C")
    serve.add_argument("--data", type=Path, default=Path("data"), help="folder that keeps everything (default: data)")
    serve.set_defaults(run=lambda arguments: partial(up, arguments.data))
    arguments = parser.parse_args()
    run(arguments.run(arguments))


async def _minio(console: Console) -> None:
    if store := os.environ.get(STORE):
        console.print(f"MinIO is not needed: {STORE} names {store}")
    else:
        console.print(find_minio(console.print))


if __name__ == "__main__":
    main()
