"""Runs every part until it is told to stop."""

import os
from pathlib import Path

from rich.console import Console

from atlas_laptop.installation import STORE, installed
from atlas_laptop.parts import parts
from atlas_laptop.stopping import until_signalled
from atlas_laptop.supervisor import Supervisor


async def up(data: Path, console: Console) -> None:
    """Serves what the folder `data` holds until a signal comes; everything is stopped when this returns.

    The environment may name a store to use in the place of an own MinIO.
    """
    store = {name: value for name, value in os.environ.items() if name.startswith("ATLAS_STORE_")}
    with installed(data, console.print, store if STORE in store else None) as installation:
        async with Supervisor(parts(installation), installation.surroundings, data / "logs", console.print):
            console.print(installation.invitation)
            await until_signalled()
