"""The way of the stickers: crawled, embedded, grouped into albums, brought home as folders."""

import shutil
from pathlib import Path

from atlas_cli import crawls, runs
from atlas_cli.client import AtlasClient
from atlas_cli.connection import Json
from atlas_cli.export import export_albums
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from atlas_laptop.demo.exhibit import Exhibit
from atlas_laptop.demo.overview import draw_overview
from atlas_laptop.demo.report import Outcome
from atlas_laptop.demo.stopwatch import Stopwatch
from atlas_laptop.errors import DemoFailed


async def tell_story(client: AtlasClient, shown: Exhibit, folder: Path, watch: Stopwatch, console: Console) -> Outcome:
    """Walks the stickers through the whole system by the gateway's REST API alone.

    Raises:
        DemoFailed: a stage did not end well.
        GatewayError: the gateway stayed away.
    """
    crawl = await crawls.show_progress(client, console, (await client.start_crawl(shown.source))["crawl_id"])
    _expect("crawl", crawl, "finished")
    if not crawl["progress"]["stored"]:
        raise DemoFailed(f"there is no picture in {shown.source['location']} that can be kept: name another SOURCE")
    watch.lap("crawl")
    await _all_embedded(client, console)
    watch.lap("embed what the crawl left waiting")
    run = await runs.show_progress(client, console, (await client.start_run({}))["run_id"])
    _expect("run", run, "published")
    status = await client.served(run["run_id"])
    watch.lap("cluster and publish")
    shutil.rmtree(folder / "albums", ignore_errors=True)
    albums = await export_albums(client, folder / "albums")
    draw_overview(albums, folder / "overview.png")
    watch.lap("write album folders and overview")
    return Outcome(shown, crawl, status, run, albums)


def _expect(what: str, found: Json, state: str) -> None:
    if found["state"] != state:
        raise DemoFailed(f"the {what} is {found['state']}, not {state}: {found['detail']}")


async def _all_embedded(client: AtlasClient, console: Console) -> None:
    """Returns once every stored sticker has features or a recorded failure."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("Embedding")
        async for status in client.watch_embedding():
            done = status["embedded"] + sum(status["embedding_failed"].values())
            progress.update(bar, completed=done, total=status["stored"])
