"""atlas status."""

import argparse

from rich.console import Console
from rich.table import Table

from atlas_cli.client import AtlasClient
from atlas_cli.connection import Json


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    commands.add_parser("status", help="how many stickers have come how far").set_defaults(run=_status)


async def _status(client: AtlasClient, console: Console, _: argparse.Namespace) -> None:
    console.print(status_table(await client.status()))


def status_table(status: Json) -> Table:
    """Counts by stage, failures by reason."""
    table = Table("stage", "stickers")
    for stage in ("found", "stored", "duplicate", "embedded", "assigned", "outliers"):
        table.add_row(stage, str(status[stage]))
    for stage in ("failed", "embedding_failed"):
        for reason, count in sorted(status[stage].items()):
            table.add_row(f"{stage.replace('_', ' ')}: {reason}", str(count))
    return table
