"""A person decides; the next run holds it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from atlas_clustering.run import Parts
from atlas_common.schemas import CLUSTERS, CURATION
from atlas_common.tables import Tables, equal

from services.clustering.tests.conftest import Embed
from services.clustering.tests.runs import published

Decide = Callable[..., str]


@pytest.fixture
def decide(tables: Tables) -> Decide:
    def record(kind: str, album_id: str | None = None, **arguments: object) -> str:
        decision = f"{datetime.now(UTC).timestamp():.6f}-{kind}"
        row = {"kind": kind, "album_id": album_id, "arguments": json.dumps(arguments)}
        tables.open(CURATION).insert([row | {"decision_id": decision, "decided_at": datetime.now(UTC)}])
        return decision

    return record


@pytest.fixture
def series(embed: Embed) -> list[list[str]]:
    return [embed(number, 15) for number in range(4)]


def albums_of(parts: Parts, run_id: str, stickers: list[str]) -> set[str]:
    albums = parts.archive.albums(run_id)
    return {albums[sticker] for sticker in stickers}


def test_a_name_is_kept_by_the_album(parts: Parts, tables: Tables, decide: Decide, series: list[list[str]]) -> None:
    published(parts, "one", k=4)
    [album] = albums_of(parts, "one", series[0])
    decide("name", album, name="Pandas")
    published(parts, "two", k=4)
    rows = tables.open(CLUSTERS).read(["cluster_id", "name"], equal(run_id="two")).to_pylist()
    assert [row["cluster_id"] for row in rows if row["name"] == "Pandas"] == [album]


@pytest.mark.parametrize("later", ["two", "three"])
def test_merged_albums_stay_one_in_every_later_run(
    parts: Parts, decide: Decide, series: list[list[str]], later: str
) -> None:
    published(parts, "one", k=4)
    [first], [second] = albums_of(parts, "one", series[0]), albums_of(parts, "one", series[1])
    decide("merge", first, albums=[second])
    for run_id in ("two", "three"):
        published(parts, run_id, k=4)
    assert albums_of(parts, later, series[0] + series[1]) == {first}
    assert len(albums_of(parts, later, [sticker for stickers in series for sticker in stickers])) == 3


def test_of_merges_each_into_the_other_the_later_holds(parts: Parts, decide: Decide, series: list[list[str]]) -> None:
    published(parts, "one", k=4)
    [first], [second], [third] = (albums_of(parts, "one", stickers) for stickers in series[:3])
    decide("merge", first, albums=[second])
    decide("merge", third, albums=[first])
    decide("merge", second, albums=[third])
    published(parts, "two", k=4)
    assert albums_of(parts, "two", series[0] + series[1] + series[2]) == {second}


def test_a_merge_that_is_revoked_no_longer_holds(parts: Parts, decide: Decide, series: list[list[str]]) -> None:
    published(parts, "one", k=4)
    [first], [second] = albums_of(parts, "one", series[0]), albums_of(parts, "one", series[1])
    decide("revoke", decision_id=decide("merge", first, albums=[second]))
    published(parts, "two", k=4)
    assert albums_of(parts, "two", series[0]) != albums_of(parts, "two", series[1])


def test_groups_that_were_split_are_kept_apart(parts: Parts, decide: Decide, series: list[list[str]]) -> None:
    published(parts, "one", k=1)
    [album] = albums_of(parts, "one", series[0])
    decide("split", album, groups=[series[0][:2], series[1][:2]])
    published(parts, "two", k=1)
    assert albums_of(parts, "two", series[0]) == {album}
    assert albums_of(parts, "two", series[1]) != {album}


def test_the_parts_of_a_split_album_keep_their_ids(parts: Parts, decide: Decide, series: list[list[str]]) -> None:
    published(parts, "one", k=1)
    [album] = albums_of(parts, "one", series[0])
    decide("split", album, groups=[series[0], series[1]])
    published(parts, "two", k=1)
    [second] = albums_of(parts, "two", series[1])
    decide("name", second, name="Pandas")
    published(parts, "three", k=1)
    assert albums_of(parts, "three", series[0]) == {album}
    assert albums_of(parts, "three", series[1]) == {second}


def test_one_group_is_split_from_the_rest_of_its_album(parts: Parts, decide: Decide, series: list[list[str]]) -> None:
    published(parts, "one", k=1)
    [album] = albums_of(parts, "one", series[0])
    decide("split", album, groups=[series[0]])
    for run_id in ("two", "three"):
        published(parts, run_id, k=1)
        assert albums_of(parts, run_id, series[1] + series[2] + series[3]) == {album}
        assert album not in albums_of(parts, run_id, series[0])
        assert len(albums_of(parts, run_id, series[0])) == 1


def test_a_merged_album_keeps_its_stickers_whatever_k_is_next(
    parts: Parts, embed: Embed, decide: Decide, series: list[list[str]]
) -> None:
    published(parts, "one", k=4)
    [first], [second] = albums_of(parts, "one", series[0]), albums_of(parts, "one", series[1])
    decide("merge", first, albums=[second])
    for run_id, k in (("two", 9), ("three", 2)):
        embed(2, 3, seed=k)
        published(parts, run_id, k=k)
        assert albums_of(parts, run_id, series[0] + series[1]) == {first}


def test_a_pinned_sticker_stays_in_its_album(parts: Parts, decide: Decide, series: list[list[str]]) -> None:
    published(parts, "one", k=4)
    [album] = albums_of(parts, "one", series[0])
    decide("pin", album, images=[series[3][0]])
    published(parts, "two", k=4)
    assert albums_of(parts, "two", [series[3][0]]) == {album}


def test_an_excluded_sticker_is_kept_out_of_the_album(parts: Parts, decide: Decide, series: list[list[str]]) -> None:
    published(parts, "one", k=4)
    [album] = albums_of(parts, "one", series[0])
    decide("exclude", album, images=[series[0][4]])
    published(parts, "two", k=4)
    assert albums_of(parts, "two", [series[0][4]]) != {album}
    assert albums_of(parts, "two", series[0][5:]) == {album}
