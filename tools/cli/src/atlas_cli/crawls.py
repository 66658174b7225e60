"""atlas crawl, crawls, watch, pause, resume, cancel, retry."""

import argparse
from datetime import timedelta
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from atlas_cli.client import AtlasClient
from atlas_cli.connection import GatewayError, Json
from atlas_cli.source import source

EMBEDDING = "embedding"
CRAWL_ID = "the crawl's id, as `atlas crawls` lists it"


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    crawl = commands.add_parser("crawl", help="fetch stickers, and watch how far that is")
    crawl.add_argument("location", help="what to start from: a URL, or a folder or file as the crawler sees it")
    crawl.add_argument(
        "--kind",
        help="what that is: web, sitemap, urls, zhihu, saved, folder, archive, webdataset or s3 (default: web, folder "
        "or archive by its looks)",
    )
    crawl.add_argument("--depth", type=int, default=0, help="links to follow in a row (default: the crawler's)")
    crawl.add_argument("--pages", type=int, default=0, help="pages to read at most (default: the crawler's)")
    crawl.add_argument("--images", type=int, default=0, help="images to fetch at most (default: the crawler's)")
    crawl.add_argument(
        "--option",
        action="append",
        type=_option,
        default=[],
        metavar="NAME=VALUE",
        help="an option of this kind of source, such as anywhere=yes; may be repeated",
    )
    crawl.add_argument("--detach", action="store_true", help="print the crawl's id and return at once")
    crawl.set_defaults(run=_crawl)

    commands.add_parser("crawls", help="list the crawls, newest first").set_defaults(run=_crawls)
    watch = commands.add_parser("watch", help="watch a crawl until it ends")
    watch.add_argument("crawl_id", help=CRAWL_ID)
    watch.set_defaults(run=_watch)
    for verb, help_text in {
        "pause": "stop taking up new work of a crawl",
        "resume": "go on with a paused crawl",
        "cancel": "end a crawl; what it has stored stays",
    }.items():
        change = commands.add_parser(verb, help=help_text)
        change.add_argument("crawl_id", help=CRAWL_ID)
        change.set_defaults(run=partial(_change, verb))
    retry = commands.add_parser(
        "retry", help="try failed links of a crawl again, or stickers that could not be embedded"
    )
    retry.add_argument("crawl_id", help=f"{CRAWL_ID}, or {EMBEDDING}")
    retry.add_argument(
        "--reason", action="append", default=[], help="only what failed for this reason; may be repeated"
    )
    retry.set_defaults(run=_retry)


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


async def _crawl(client: AtlasClient, console: Console, arguments: argparse.Namespace) -> None:
    limits = {name: getattr(arguments, name) for name in ("depth", "pages", "images")}
    options = dict(arguments.option)
    crawl = await client.start_crawl(source(arguments.location, arguments.kind, limits=limits, options=options))
    console.print(f"Crawl {crawl['crawl_id']}")
    if not arguments.detach:
        await _follow(client, console, crawl["crawl_id"])


async def _crawls(client: AtlasClient, console: Console, _: argparse.Namespace) -> None:
    table = Table(Column("crawl", overflow="fold"), "state", "started (UTC)", "stored", "failed", "source")
    async for crawl in client.crawls():
        counts, started = crawl["progress"], (crawl["started_at"] or "")[:16].replace("T", " ")
        row = (crawl["crawl_id"], crawl["state"], started, str(counts["stored"]), str(counts["failed"]))
        table.add_row(*row, f"{crawl['source']['kind']} {crawl['source']['location']}")
    console.print(table if table.rows else "There are no crawls yet: `atlas crawl LOCATION` starts one.")


async def _watch(client: AtlasClient, console: Console, arguments: argparse.Namespace) -> None:
    await _follow(client, console, arguments.crawl_id)


async def _change(verb: str, client: AtlasClient, console: Console, arguments: argparse.Namespace) -> None:
    crawl = await client.change_crawl(arguments.crawl_id, verb)
    console.print(f"Crawl {arguments.crawl_id} is {crawl['state']}.")


async def _retry(client: AtlasClient, console: Console, arguments: argparse.Namespace) -> None:
    if arguments.crawl_id == EMBEDDING:
        queued = await client.retry_embedding(arguments.reason)
        console.print(f"{queued['queued']} stickers are embedded again.")
    else:
        await client.retry_crawl(arguments.crawl_id, arguments.reason)
        await _follow(client, console, arguments.crawl_id)


async def _follow(client: AtlasClient, console: Console, crawl_id: str) -> None:
    """Raises `GatewayError` for a crawl that failed as a whole."""
    crawl = await show_progress(client, console, crawl_id)
    if crawl["state"] == "failed":
        raise GatewayError(f"crawl {crawl_id} failed: {crawl['detail']}")
    if crawl["progress"]["stored"]:
        console.print("`atlas status` tells how many of them are embedded, `atlas run` groups those into albums.")


async def show_progress(client: AtlasClient, console: Console, crawl_id: str) -> Json:
    """Draws a bar until the crawl ends; its final state. Ctrl-C leaves the crawl running."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[counts]}"), console=console) as progress:
        bar = progress.add_task("Crawling", total=None, counts="")
        async for crawl in client.watch_crawl(crawl_id):
            now = crawl["progress"]
            done = now["stored"] + now["duplicate"] + now["failed"]
            counts = f"{now['stored']} stored, {now['duplicate']} duplicates, {now['failed']} failed, {crawl['state']}"
            progress.update(bar, completed=done, total=now["found"], counts=counts + pace(now))
    for reason, count in sorted(now["failures"].items()):
        console.print(f"  {reason}: {count}")
    return crawl


def pace(progress: Json) -> str:
    if not progress["images_per_second"]:
        return ""
    left = timedelta(seconds=round(progress["eta_seconds"]))
    return f", {progress['images_per_second']:.0f} a second, {left} left"
