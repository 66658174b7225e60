from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from atlas_clustering.compare import compare
from atlas_clustering.lookout import Lookout
from atlas_clustering.model import Run, RunSpec, RunState
from atlas_clustering.run import Cancelled, Parts, perform
from atlas_clustering.shelf import LanceShelf
from atlas_common.errors import InvalidInput, NotFound
from atlas_common.schemas import ASSIGNMENTS, MODELS, features
from atlas_common.tables import Tables

from services.clustering.tests.conftest import LAYERS, Embed, drawn


def asked(run_id: str = "run", **spec: object) -> Run:
    now = datetime.now(UTC)
    return Run(run_id, RunSpec(**spec), RunState.RUNNING, started_at=now, changed_at=now)  # type: ignore[arg-type]


def published(parts: Parts, run_id: str = "run", **spec: object) -> Run:
    run = perform(asked(run_id, **spec), lambda _: None, parts=parts)
    run = replace(run, state=RunState.PUBLISHED, changed_at=datetime.now(UTC))
    parts.archive.record(run)
    return run


@pytest.fixture
def three_series(embed: Embed) -> list[list[str]]:
    return [embed(series, 20) for series in range(3)]


@pytest.mark.parametrize("recipe", ["", "article"])
def test_each_series_becomes_an_album(parts: Parts, three_series: list[list[str]], recipe: str) -> None:
    run = published(parts, k=3, recipe=recipe)
    albums = parts.archive.albums("run")
    assert run.albums == 3
    assert {len({albums[sticker] for sticker in series}) for series in three_series} == {1}
    assert len(set(albums.values())) == 3


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


@pytest.mark.parametrize("recipe", ["", "article"])
def test_features_that_are_read_anew_in_every_pass_give_the_same_albums(
    parts: Parts, tables: Tables, three_series: list[list[str]], recipe: str
) -> None:
    published(parts, "kept", k=3, recipe=recipe)
    published(replace(parts, shelf=LanceShelf(tables, kept_bytes=0)), "streamed", k=3, recipe=recipe)
    assert parts.archive.albums("streamed") == parts.archive.albums("kept")


def test_stickers_beyond_the_landmarks_are_placed_with_the_nearest(
    parts: Parts, three_series: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atlas_clustering.recipes.space.LANDMARKS", 30)
    run = published(parts, k=3)
    albums = parts.archive.albums("run")
    assert run.stickers == len(albums) == 60
    assert {len({albums[sticker] for sticker in series}) for series in three_series} == {1}


def test_the_number_of_albums_is_chosen_and_its_curve_is_shown(parts: Parts, three_series: list[list[str]]) -> None:
    run = published(parts)
    assert run.albums == 3
    assert max(run.report["curve"], key=run.report["curve"].get) == "3"


def test_a_run_reports_how_clearly_each_album_stands_apart(parts: Parts, three_series: list[list[str]]) -> None:
    run = published(parts, k=3)
    silhouettes = run.report["silhouettes"]
    assert silhouettes.keys() == set(parts.archive.albums("run").values())
    assert all(values == sorted(values, reverse=True) and values[-1] > 0 for values in silhouettes.values())


def test_an_album_that_the_sample_for_silhouettes_missed_is_in_the_report(
    parts: Parts, three_series: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atlas_clustering.recipes.silhouette.SAMPLE", 1)
    silhouettes = published(parts, k=3).report["silhouettes"]
    assert sorted(map(len, silhouettes.values())) == [0, 0, 1]


def test_the_number_of_albums_stays_unless_another_is_clearly_better(
    parts: Parts, embed: Embed, three_series: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert published(parts, "one").albums == 3
    embed(3, 20)
    assert published(parts, "two").albums == 4
    monkeypatch.setattr("atlas_clustering.recipes.auto_k.CLEARLY", 1.0)
    embed(4, 20)
    assert published(parts, "three").albums == 4


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


def test_a_run_says_which_version_it_read(parts: Parts, embed: Embed, three_series: list[list[str]]) -> None:
    version = parts.shelf.features("toy", 0).version
    embed(5, 4)
    run = published(parts, k=3, features_version=version)
    assert (run.spec.features_version, run.spec.model, run.stickers) == (version, "toy", 60)


def test_near_duplicates_are_told_by_the_fingerprints_of_that_version(
    parts: Parts, tables: Tables, embed: Embed
) -> None:
    drawing = np.random.default_rng(0).integers(0, 256, 32 * 32).astype(np.uint8).tobytes()
    copies = embed(0, 2, fingerprint=drawing)
    embed(0, 20, seed=1)
    version = parts.shelf.features("toy", 0).version
    embed(0, 2, seed=2, fingerprint=drawing)
    features = parts.shelf.features("toy", version)
    assert features.fingerprints([*copies, "unknown"]).any(axis=(1, 2, 3)).tolist() == [True, True, False]
    published(parts, k=1, features_version=version)
    [folded] = tables.open(ASSIGNMENTS).read(where="copy_of IS NOT NULL").to_pylist()
    assert {folded["sha256"], folded["copy_of"]} == set(copies)


def test_the_same_spec_gives_the_same_albums_again(parts: Parts, tables: Tables, three_series: list[list[str]]) -> None:
    published(parts, k=4)
    first = tables.open(ASSIGNMENTS).read().to_pylist()
    perform(asked(k=4), lambda _: None, parts=parts)
    assert tables.open(ASSIGNMENTS).read().to_pylist() == first


def test_albums_keep_their_ids_when_stickers_are_added(
    parts: Parts, embed: Embed, three_series: list[list[str]]
) -> None:
    published(parts, "one", k=3)
    for series in range(3):
        embed(series, 2, seed=1)
    published(parts, "two", k=3)
    before, after = parts.archive.albums("one"), parts.archive.albums("two")
    assert all(after[sticker] == album for sticker, album in before.items())


def test_the_map_of_a_run_goes_on_from_that_of_the_run_it_continues(
    parts: Parts, embed: Embed, three_series: list[list[str]]
) -> None:
    published(parts, "one", k=3)
    for series in range(3):
        embed(series, 2, seed=1)
    published(parts, "two", k=3)
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


def test_without_features_there_is_nothing_to_group(parts: Parts) -> None:
    with pytest.raises(NotFound):
        perform(asked(k=3), lambda _: None, parts=parts)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_handful_of_stickers_is_one_album(parts: Parts, embed: Embed, count: int) -> None:
    embed(0, count)
    assert published(parts).albums == 1


def test_more_albums_than_stickers_are_refused(parts: Parts, embed: Embed) -> None:
    embed(0, 5)
    with pytest.raises(InvalidInput) as refused:
        perform(asked(k=6), lambda _: None, parts=parts)
    assert refused.value.reason == "too_few_stickers"


@pytest.mark.parametrize("recipe", ["", "article"])
def test_copies_of_one_picture_are_one_album(parts: Parts, embed: Embed, recipe: str) -> None:
    embed(0, 30, rows=np.repeat(drawn(0, 1), 30, axis=0))
    assert published(parts, k=5, recipe=recipe).albums == 1


def test_small_series_beside_one_that_is_nearly_everything_are_albums_of_their_own(parts: Parts, embed: Embed) -> None:
    giant = embed(0, 380)
    small = [embed(series, 10) for series in (1, 2)]
    published(parts)
    albums = parts.archive.albums("run")
    [first], [second] = ({albums[sticker] for sticker in series} for series in small)
    assert first != second
    assert not {first, second} & {albums[sticker] for sticker in giant}


def test_nothing_but_broken_features_is_a_clear_error(parts: Parts, embed: Embed) -> None:
    embed(0, 3, rows=np.full_like(drawn(0, 3), np.nan))
    with pytest.raises(InvalidInput) as refused:
        perform(asked(), lambda _: None, parts=parts)
    assert refused.value.reason == "no_stickers"


def test_a_sticker_with_broken_features_is_left_out_and_named(parts: Parts, embed: Embed) -> None:
    embed(0, 12)
    broken = drawn(1, 2)
    broken[1, 3] = np.nan
    _, left_out = embed(1, 2, rows=broken)
    run = published(parts, k=2)
    assert run.report["unusable"] == [left_out]
    assert run.stickers == 13


def test_a_run_ends_when_it_is_called_off(parts: Parts, three_series: list[list[str]]) -> None:
    def call_off(run: Run) -> None:
        if run.stage == "grouping":
            raise Cancelled

    with pytest.raises(Cancelled):
        perform(asked(k=3), call_off, parts=parts)
    assert parts.archive.albums("run") == {}


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


def test_two_runs_are_compared_album_by_album(parts: Parts, three_series: list[list[str]]) -> None:
    published(parts, "one", k=3)
    published(parts, "two", k=2)
    found = compare(parts.archive.albums("one"), parts.archive.albums("two"))
    assert (found.stickers, found.moved, [flow.stickers for flow in found.flows]) == (60, 20, [20])
    assert 0 < found.agreement < 1
    assert compare(parts.archive.albums("one"), parts.archive.albums("one")).agreement == 1
