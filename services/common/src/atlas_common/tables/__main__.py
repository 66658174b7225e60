"""Tables as they were: `python -m atlas_common.tables TABLE` lists its versions, `… TABLE VERSION` restores one."""

import sys
from collections.abc import Iterator

from atlas_common.errors import AtlasError
from atlas_common.settings import StoreSettings
from atlas_common.tables.database import Tables


def run(name: str, version: str = "") -> Iterator[str]:
    """What to tell. Raises `NotFound` and `Unavailable`."""
    table = Tables.in_store(StoreSettings()).existing(name)
    if version:
        yield f"{name} is as it was in version {version}; that is version {table.restore(int(version))} now"
        return
    for number, written in table.history():
        yield f"{number:>8}  {written:%Y-%m-%d %H:%M:%S}  {table.count(version=number):>12,} rows"


def main() -> None:
    arguments = sys.argv[1:]
    if len(arguments) not in (1, 2) or arguments[0].startswith("-") or not all(one.isdigit() for one in arguments[1:]):
        raise SystemExit(__doc__)
    try:
        sys.stdout.writelines(f"{line}\n" for line in run(*arguments))
    except AtlasError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
