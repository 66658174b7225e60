import asyncio
from collections.abc import AsyncIterator

from atlas_clustering.archive import LanceArchive
from atlas_clustering.drift import Placements
from atlas_clustering.lookout import Lookout
from atlas_clustering.run import Parts
from atlas_common.errors import Unavailable
from atlas_common.schemas import ASSIGNMENTS
from atlas_common.tables import Tables

from services.clustering.tests.conftest import Embed, drawn
from services.clustering.tests.runs import published


def test_a_late_sticker_is_placed_into_the_album_of_its_series(
    parts: Parts, embed: Embed, three_series: list[list[str]]
) -> None:
    published(parts, k=3)
    late = embed(1, 3, seed=7)
    assert Lookout(parts.shelf, parts.archive).catch_up() == 3
    albums = parts.archive.albums("run")
    assert {albums[sticker] for sticker in late} == {albums[three_series[1][0]]}


def test_catching_up_twice_places_a_sticker_once(
    parts: Parts, tables: Tables, embed: Embed, three_series: list[list[str]]
) -> None:
    published(parts, k=3)
    embed(1, 3, seed=7)
    for _ in range(2):
        Lookout(parts.shelf, parts.archive).catch_up()
    assert tables.open(ASSIGNMENTS).count() == 63


def test_a_sticker_unlike_all_others_is_an_outlier_and_kept(
    parts: Parts, tables: Tables, embed: Embed, three_series: list[list[str]]
) -> None:
    published(parts, k=3)
    [strange] = embed(9, 1)
    Lookout(parts.shelf, parts.archive).catch_up()
    rows = {row["sha256"]: row for row in tables.open(ASSIGNMENTS).read().to_pylist()}
    assert rows[strange]["outlier"]
    assert rows[strange]["strength"] < 0.5


def test_the_nearest_albums_of_a_picture_come_in_order(parts: Parts, three_series: list[list[str]]) -> None:
    published(parts, k=3)
    row = drawn(2, 1, seed=3)[0]
    picture = {"mixed3": row[:6], "mixed7": row[6:14], "mixed8": row[14:24]}
    run_id, matches = Lookout(parts.shelf, parts.archive).nearest(picture, 2)
    assert run_id == "run"
    assert matches[0].album_id == parts.archive.albums("run")[three_series[2][0]]
    assert matches[0].strength > matches[1].strength


def test_drift_proposes_a_new_run_when_late_stickers_fit_no_album(
    parts: Parts, embed: Embed, three_series: list[list[str]]
) -> None:
    published(parts, k=3)
    lookout = Lookout(parts.shelf, parts.archive)
    embed(9, 40)
    lookout.catch_up()
    run_id, placements = lookout.drift()
    assert (run_id, placements.late, placements.late_outliers) == ("run", 40, 40)
    assert "100% of the late stickers fit no album" in placements.proposal


class FailingArchive(LanceArchive):
    """Is away when stickers are counted."""

    asked = 0

    def placements(self, run_id: str) -> Placements:
        self.asked += 1
        raise Unavailable("the store is away")


async def test_looking_goes_on_although_the_store_was_away_for_a_moment(
    parts: Parts, tables: Tables, embed: Embed, three_series: list[list[str]]
) -> None:
    published(parts, k=3)
    archive, stop = FailingArchive(tables), asyncio.Event()
    looking = asyncio.create_task(Lookout(parts.shelf, archive).look(stop, silence(), seconds=0.01))
    for seed in (1, 2):
        embed(1, 3, seed=seed)
        while archive.asked < seed and not looking.done():
            await asyncio.sleep(0.01)
    stop.set()
    await looking
    assert len(archive.albums("run")) == 66


async def silence() -> AsyncIterator[object]:
    await asyncio.Event().wait()
    yield
