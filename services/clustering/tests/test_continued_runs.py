from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from atlas_clustering.compare import compare
from atlas_clustering.lookout import Lookout
from atlas_clustering.run import Parts, perform
from atlas_common.schemas import MODELS, features
from atlas_common.tables import Tables

from services.clustering.tests.conftest import LAYERS, Embed
from services.clustering.tests.runs import published


def test_a_run_switches_to_a_new_model_when_that_has_every_sticker(
    parts: Parts, three_series: list[list[str]], tables: Tables
) -> None:
    def note_complete(model: str) -> None:
        tables.open(MODELS).insert([{"model": model, "complete_at": datetime.now(UTC)}])

    assert published(parts, "first", k=3).spec.model == "toy"
    rows = tables.existing("features_toy").read().to_pylist()
    now = datetime.now(UTC)
    tables.open(features("anew", LAYERS)).insert([row | {"embedded_at": now} for row in rows])
    assert published(parts, "beside", k=3).spec.model == "toy"
    note_complete("anew")
    note_complete("toy")  # the old one may have been busy until now
    assert published(parts, "switched", k=3).spec.model == "anew"
    assert published(parts, "back", k=3, model="toy").spec.model == "toy"


def test_a_run_over_the_newest_features_continues_the_last_that_was_asked_the_same(
    parts: Parts, embed: Embed, three_series: list[list[str]]
) -> None:
    assert published(parts, "one", k=3).spec.continues == "none"
    embed(0, 3, seed=1)
    assert published(parts, "two", k=3).spec.continues == "one"
    assert published(parts, "another", k=3, seed=1).spec.continues == "none"
    version = parts.shelf.features("toy", 0).version
    assert published(parts, "stated", k=3, seed=1, features_version=version).spec.continues == "none"
    assert published(parts, "afresh", k=3, seed=1, continues="none").spec.continues == "none"


def test_a_new_series_gets_an_album_though_albums_and_their_number_stay(
    parts: Parts, embed: Embed, three_series: list[list[str]]
) -> None:
    published(parts, "one", k=4)
    late = embed(3, 20)
    published(parts, "two", k=4)
    albums = parts.archive.albums("two")
    assert {tuple({albums[sticker] for sticker in series}) for series in [*three_series, late]} == {
        (album,) for album in albums.values()
    }


def test_a_run_that_continued_another_is_had_again_by_its_spec(
    parts: Parts, embed: Embed, three_series: list[list[str]]
) -> None:
    published(parts, "one")
    late = embed(3, 9)
    Lookout(parts.shelf, parts.archive).catch_up()
    second = published(parts, "two")
    embed(4, 30)
    published(parts, "three")
    perform(replace(second, run_id="again"), lambda _: None, parts=parts)
    albums, again = parts.archive.albums("two"), parts.archive.albums("again")
    assert {*late} <= albums.keys() == again.keys()
    assert len({*zip(albums.values(), again.values(), strict=True)}) == second.albums


def publish_before_and_after_more(parts: Parts, embed: Embed) -> None:
    """Run "one" over three series, and run "two" with two more stickers of each."""
    published(parts, "one", k=3)
    for series in range(3):
        embed(series, 2, seed=1)
    published(parts, "two", k=3)


def test_albums_keep_their_ids_when_stickers_are_added(
    parts: Parts, embed: Embed, three_series: list[list[str]]
) -> None:
    publish_before_and_after_more(parts, embed)
    before, after = parts.archive.albums("one"), parts.archive.albums("two")
    assert all(after[sticker] == album for sticker, album in before.items())


def test_the_map_of_a_run_goes_on_from_that_of_the_run_it_continues(
    parts: Parts, embed: Embed, three_series: list[list[str]]
) -> None:
    publish_before_and_after_more(parts, embed)
    published(parts, "afresh", k=3, continues="none")
    before = parts.archive.places("one")
    moved = {
        run: np.median([np.subtract(places[sticker], place) ** 2 for sticker, place in before.items()])
        for run, places in {run: parts.archive.places(run) for run in ("two", "afresh")}.items()
    }
    assert len(before) == 60
    assert moved["two"] < moved["afresh"]


def test_an_album_that_falls_apart_is_reported(parts: Parts, three_series: list[list[str]]) -> None:
    published(parts, "one", k=2)
    run = published(parts, "two", k=3)
    assert [len(new) for new in run.report["splits"].values()] == [2]


def test_two_runs_are_compared_album_by_album(parts: Parts, three_series: list[list[str]]) -> None:
    published(parts, "one", k=3)
    published(parts, "two", k=2)
    found = compare(parts.archive.albums("one"), parts.archive.albums("two"))
    assert (found.stickers, found.moved, [flow.stickers for flow in found.flows]) == (60, 20, [20])
    assert 0 < found.agreement < 1
    assert compare(parts.archive.albums("one"), parts.archive.albums("one")).agreement == 1
