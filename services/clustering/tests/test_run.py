from dataclasses import replace

import numpy as np
import pytest
from atlas_clustering.model import Run
from atlas_clustering.run import Cancelled, Parts, perform
from atlas_clustering.shelf import LanceShelf
from atlas_common.errors import InvalidInput, NotFound
from atlas_common.schemas import ASSIGNMENTS
from atlas_common.tables import Tables

from services.clustering.tests.conftest import Embed, drawn
from services.clustering.tests.runs import asked, published


@pytest.mark.parametrize("recipe", ["", "article"])
def test_each_series_becomes_an_album(parts: Parts, three_series: list[list[str]], recipe: str) -> None:
    run = published(parts, k=3, recipe=recipe)
    albums = parts.archive.albums("run")
    assert run.albums == 3
    assert {len({albums[sticker] for sticker in series}) for series in three_series} == {1}
    assert len(set(albums.values())) == 3


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
    assert features.fingerprints(np.array([21, 0, 1])).any(axis=(1, 2, 3)).tolist() == [False, True, True]
    published(parts, k=1, features_version=version)
    [folded] = tables.open(ASSIGNMENTS).read(where="copy_of IS NOT NULL").to_pylist()
    assert {folded["sha256"], folded["copy_of"]} == set(copies)


def test_the_same_spec_gives_the_same_albums_again(parts: Parts, tables: Tables, three_series: list[list[str]]) -> None:
    published(parts, k=4)
    first = tables.open(ASSIGNMENTS).read().to_pylist()
    perform(asked(k=4), lambda _: None, parts=parts)
    assert tables.open(ASSIGNMENTS).read().to_pylist() == first


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
