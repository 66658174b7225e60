"""Runs the demo on parts of its own, whose store is empty at first."""

import shutil
from pathlib import Path

from atlas_cli.client import AtlasClient
from atlas_cli.gateway import find_gateway
from rich.console import Console

from atlas_laptop.demo.exhibit import exhibit
from atlas_laptop.demo.report import print_report, sums
from atlas_laptop.demo.stopwatch import Stopwatch
from atlas_laptop.demo.story import tell_story
from atlas_laptop.errors import DemoFailed
from atlas_laptop.installation import installed
from atlas_laptop.memory import memory_peaks
from atlas_laptop.parts import parts
from atlas_laptop.stopping import until_signalled
from atlas_laptop.supervisor import Supervisor


async def show(wanted: str, folder: Path, keep: bool, console: Console) -> None:
    """Shows the whole way and leaves the albums in `folder`.

    `wanted` is a folder, URL or archive; empty for the sticker packs that the demo fetches. With `keep`, the gallery is
    served until a signal comes.

    Raises:
        DemoFailed: a stage did not end well, or counts do not add up.
    """
    watch, data = Stopwatch(), folder / "data"
    async with exhibit(wanted, folder / "site") as shown:
        watch.lap("fetch and lay out the stickers")
        with installed(data, console.print, shown.settings) as installation:
            for part in ("minio", "nats"):
                shutil.rmtree(data / part, ignore_errors=True)
            supervisor = Supervisor(parts(installation), installation.surroundings, data / "logs", console.print)
            gateway = find_gateway(installation.environment, data / "atlas.env")
            async with supervisor, memory_peaks(supervisor.processes) as peaks, AtlasClient(gateway) as client:
                watch.lap("start every part")
                outcome = await tell_story(client, shown, folder, watch, console)
                print_report(console, outcome, watch.seconds, peaks)
                console.print(
                    f"The albums are folders in {folder / 'albums'}; {folder / 'overview.png'} shows them all."
                )
                if wrong := [name for name, (left, right) in sums(outcome).items() if left != right]:
                    raise DemoFailed(f"these counts differ: {'; '.join(wrong)}")
                if keep:
                    console.print(installation.invitation)
                    await until_signalled()
                else:
                    console.print(f"`.venv/bin/python -m atlas_laptop up --data {data}` serves the gallery again.")
