"""What a person does with an installation, by the gateway's API alone: stickers crawled, albums made, both audited."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass

from atlas_cli.client import AtlasClient
from atlas_cli.connection import Json

LOOK_SECONDS = 2.0


class RehearsalFailed(Exception):
    """A stage did not end well; the text says which."""


@dataclass(frozen=True, slots=True)
class Audit:
    """Of the stickers that were there to be had: how many have no place in an album, and how many have two."""

    lost: int
    doubled: int
    albums: int


async def crawl(client: AtlasClient, url: str) -> Json:
    """The crawl of everything on one page, at its end."""
    started = await client.start_crawl({"kind": "web", "location": url})
    return await finished_crawl(client, started["crawl_id"])


async def finished_crawl(client: AtlasClient, crawl_id: str) -> Json:
    end = await _last(client.watch_crawl(crawl_id))
    if end["state"] != "finished":
        raise RehearsalFailed(f"crawl {crawl_id} is {end['state']}: {end['detail']}")
    return end


@dataclass(frozen=True, slots=True)
class Left:
    """Links that were found and not fetched yet, and stickers that were stored and not embedded yet."""

    links: int
    stickers: int


async def left(client: AtlasClient) -> Left:
    status = await client.status()
    fetched = status["stored"] + status["duplicate"] + sum(status["failed"].values())
    embedded = status["embedded"] + sum(status["embedding_failed"].values())
    return Left(status["found"] - fetched, status["stored"] - embedded)


async def all_embedded(client: AtlasClient, stickers: int) -> Json:
    """The status once that many stickers are stored and each has features or a recorded failure."""
    while True:
        status = await client.status()
        done = status["embedded"] + sum(status["embedding_failed"].values())
        if status["stored"] >= stickers and done >= status["stored"]:
            return status
        await asyncio.sleep(LOOK_SECONDS)


async def albums_made(client: AtlasClient) -> Json:
    """A run over all stickers, published and served."""
    started = await client.start_run({})
    run = await _last(client.watch_run(started["run_id"]))
    if run["state"] != "published":
        raise RehearsalFailed(f"run {run['run_id']} is {run['state']}: {run['detail']}")
    await client.served(run["run_id"])
    return run


async def _last(states: AsyncIterator[Json]) -> Json:
    *_, last = [state async for state in states]
    return last


async def audit(client: AtlasClient, wanted: Collection[str]) -> Audit:
    """Where each of the stickers is, over all albums and the outliers."""
    places: Counter[str] = Counter()
    albums = [album["album_id"] async for album in client.albums()]
    for album_id in albums:
        places.update([member["sha256"] async for member in client.members(album_id)])
    places.update([member["sha256"] async for member in client.outliers()])
    return Audit(
        lost=sum(not places[sha256] for sha256 in wanted),
        doubled=sum(places[sha256] > 1 for sha256 in wanted),
        albums=len(albums),
    )
