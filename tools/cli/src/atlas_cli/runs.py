"""atlas run, runs."""

import argparse

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from atlas_cli.client import AtlasClient
from atlas_cli.connection import GatewayError, Json


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    run = commands.add_parser("run", help="group all stickers into albums, and publish them")
    run.add_argument("--k", type=_number_of_albums, default="auto", help="number of albums, or auto (the default)")
    run.add_argument("--recipe", default="", help="how features become albums (default: the service's)")
    run.add_argument("--seed", type=int, default=0, help="what the search's random starts are drawn from (default: 0)")
    before = run.add_mutually_exclusive_group()
    before.add_argument(
        "--continue",
        dest="continues",
        metavar="RUN_ID",
        default="",
        help="the run whose albums go on (default: the one published last, if it was asked the same)",
    )
    before.add_argument(
        "--afresh", dest="continues", action="store_const", const="none", help="albums owe nothing to those of before"
    )
    run.set_defaults(run=_run)
    commands.add_parser("runs", help="list the runs, newest first").set_defaults(run=_runs)


def _number_of_albums(text: str) -> int | str:
    if text != "auto" and not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is neither auto nor a whole number from 1")
    return text if text == "auto" else int(text)


async def _run(client: AtlasClient, console: Console, arguments: argparse.Namespace) -> None:
    spec = {name: getattr(arguments, name) for name in ("k", "recipe", "seed", "continues")}
    run = await client.start_run(spec)
    run = await show_progress(client, console, run["run_id"])
    if run["state"] != "published":
        raise GatewayError(f"run {run['run_id']} {run['state']}: {run['detail']}")
    counts = f"{run['stickers']} stickers in {run['albums']} albums, {run['outliers']} outliers"
    console.print(f"Run {run['run_id']} is published: {counts}.")
    console.print("`atlas albums` lists the albums, `atlas export FOLDER` brings them home.")


async def show_progress(client: AtlasClient, console: Console, run_id: str) -> Json:
    """Draws a bar until the run ends; its final state."""
    columns = (
        TextColumn("Clustering: {task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=1)
        async for run in client.watch_run(run_id):
            progress.update(
                bar, description=" ".join(filter(None, (run["stage"], run["detail"]))), completed=run["progress"]
            )
    return run


async def _runs(client: AtlasClient, console: Console, _: argparse.Namespace) -> None:
    table = Table(Column("run", overflow="fold"), "state", "started (UTC)", "stickers", "albums", "outliers")
    async for run in client.runs():
        counts = (str(run[name]) for name in ("stickers", "albums", "outliers"))
        table.add_row(run["run_id"], run["state"], run["started_at"][:16].replace("T", " "), *counts)
    console.print(table)
