"""Runs every part until it is told to stop."""

import asyncio
from pathlib import Path

from rich.console import Console

from atlas_laptop.installation import installed
from atlas_laptop.parts import parts
from atlas_laptop.supervisor import Supervisor


async def up(data: Path, console: Console) -> None:
    """Serves what the folder `data` holds; returns when the task is cancelled, everything stopped."""
    with installed(data, console.print) as installation:
        async with Supervisor(parts(installation), installation.surroundings, data / "logs", console.print):
            console.print("Press Ctrl-C to stop.")
            await asyncio.Event().wait()
