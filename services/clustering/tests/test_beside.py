import numpy as np
import pytest
from atlas_clustering.beside import BINS, Group, separate
from atlas_clustering.lookout import Lookout
from atlas_clustering.model import Members
from atlas_clustering.run import Parts
from atlas_common.errors import Conflict, NotFound
from atlas_common.schemas import ASSIGNMENTS
from atlas_common.tables import Tables, equal

from services.clustering.tests.conftest import Embed
from services.clustering.tests.runs import published


def group(name: str, centre: float, *along: float) -> Group:
    """Stickers of an album at these places on the first axis."""
    ids = tuple(f"{name}{number}" for number in range(len(along)))
    rows = np.array([(x, 0) for x in along], np.float32).reshape(-1, 2)
    return Group(name, Members(ids, rows), np.array((centre, 0), np.float32))


def test_stickers_are_found_at_the_ends_and_at_the_border_of_two_albums() -> None:
    found = separate(group("a", 0, -1, 0, 1, 6), group("b", 10, 12, 10, 9, 5.5), limit=2)
    assert found.distance == 10
    assert [(spot.sha256, spot.position) for spot in found.first.typical] == [("a0", -0.1), ("a1", 0.0)]
    assert [spot.sha256 for spot in found.first.border] == ["a3", "a2"]
    assert [spot.sha256 for spot in found.second.typical] == ["b0", "b1"]
    assert [spot.sha256 for spot in found.second.border] == ["b3", "b2"]
    assert (found.first.between, found.first.beyond) == (1, 1)
    assert (found.second.between, found.second.beyond) == (1, 0)


def test_a_sticker_of_a_small_album_is_at_one_side_only() -> None:
    found = separate(group("a", 0, 0), group("b", 10, 9, 10, 11), limit=9)
    assert [spot.sha256 for spot in found.first.typical] == ["a0"]
    assert found.first.border == ()
    assert [spot.sha256 for spot in found.second.typical] == ["b2", "b1"]
    assert [spot.sha256 for spot in found.second.border] == ["b0"]


def test_what_lies_past_the_ends_of_the_line_is_counted_in_the_outer_bins() -> None:
    found = separate(group("a", 0, -50, 0.1), group("b", 10, 10.1, 90), limit=1)
    assert (found.first.histogram[0], found.first.histogram[10], sum(found.first.histogram)) == (1, 1, 2)
    assert (found.second.histogram[-1], found.second.histogram[20], len(found.second.histogram)) == (1, 1, BINS)


def test_wide_albums_are_less_separate_than_narrow_ones_at_the_same_distance() -> None:
    narrow = separate(group("a", 0, -1, 1), group("b", 10, 9, 11), limit=1)
    wide = separate(group("a", 0, -4, 4), group("b", 10, 6, 14), limit=1)
    assert (narrow.separation, wide.separation) == (pytest.approx(10), pytest.approx(2.5))
    assert (narrow.first.spread, wide.first.spread) == (1, 4)


def test_albums_without_stickers_or_with_one_centre_are_not_separate() -> None:
    empty = separate(group("a", 0), group("b", 10, 10), limit=1)
    same = separate(group("a", 0, 0, 1), group("b", 0, 0, 1), limit=1)
    assert (empty.separation, empty.first.stickers, empty.first.typical) == (0, 0, ())
    assert (same.distance, same.separation) == (0, 0)


def test_two_albums_of_the_published_run_are_compared(parts: Parts, embed: Embed) -> None:
    lookout = Lookout(parts.shelf, parts.archive)
    with pytest.raises(Conflict):
        lookout.separation("one", "other", 3)
    series = [embed(number, 20) for number in range(3)]
    published(parts, k=3)
    albums = parts.archive.albums("run")
    one, other = albums[series[0][0]], albums[series[1][0]]
    run_id, found = lookout.separation(one, other, 3)
    assert (run_id, found.first.album_id, found.second.album_id) == ("run", one, other)
    assert {spot.sha256 for spot in found.first.typical} < set(series[0])
    assert {spot.sha256 for spot in found.second.border} < set(series[1])
    assert found.separation > 3
    assert found.first.beyond == found.second.beyond == 0
    with pytest.raises(NotFound):
        lookout.separation(one, "none", 3)


def test_an_album_of_outliers_alone_can_be_compared(parts: Parts, embed: Embed, tables: Tables) -> None:
    one, other = (embed(number, 20) for number in range(2))
    published(parts, k=2)
    albums = parts.archive.albums("run")
    assignments = tables.open(ASSIGNMENTS)
    of_the_other = equal(album_id=albums[other[0]])
    strange = assignments.read(where=of_the_other).to_pylist()
    assignments.delete(of_the_other)
    assignments.insert([row | {"outlier": True} for row in strange])
    _, found = Lookout(parts.shelf, parts.archive).separation(albums[one[0]], albums[other[0]], 3)
    assert (found.first.stickers, found.second.stickers, found.second.typical) == (20, 0, ())
