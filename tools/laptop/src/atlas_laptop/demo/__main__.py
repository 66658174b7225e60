"""python -m atlas_laptop.demo: what `make demo` calls."""

import argparse
import sys
from functools import partial
from pathlib import Path

from atlas_laptop import demo
from atlas_laptop.commands import run
from atlas_laptop.demo.show import show


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m atlas_laptop.demo", description=demo.__doc__)
    parser.add_argument("--source", default="", help="a folder, URL or archive instead of the packs that are fetched")
    parser.add_argument("--folder", type=Path, default=Path("build/demo"), help="where to leave it all")
    parser.add_argument("--keep", type=int, default=1, help="0: end after the report, even on a terminal")
    arguments = parser.parse_args()
    run(partial(show, arguments.source, arguments.folder, bool(arguments.keep) and sys.stdout.isatty()))


if __name__ == "__main__":
    main()
