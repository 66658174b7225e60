from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from atlas_clustering.recipes.layout import Layout, lay_out
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

SERIES = 4
EACH = 30


def series(each: int = EACH, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Rows of length one around a few centres, and which centre."""
    centres = np.random.default_rng(9).normal(size=(SERIES, 12))
    labels = np.repeat(np.arange(SERIES, dtype=np.int32), each)
    rows = centres[labels] + np.random.default_rng(seed).normal(0, 0.3, (len(labels), 12))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32), labels


def nowhere(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The places of rows on a map before the first one."""
    return np.full((len(rows), 2), np.nan, np.float32)


def nearest(places: NDArray[np.float32], among: NDArray[np.float32]) -> NDArray[np.int64]:
    away: NDArray[np.float32] = np.linalg.norm(places[:, None] - among[None], axis=2)
    return away.argmin(axis=1)


def test_each_album_is_an_island() -> None:
    rows, labels = series()
    places = lay_out(rows, labels, 0, nowhere(rows)).place(rows)
    centres = np.array([places[labels == album].mean(axis=0) for album in range(SERIES)])
    assert (nearest(places, centres) == labels).all()
    apart = np.linalg.norm(centres[:, None] - centres[None], axis=2)[~np.eye(SERIES, dtype=bool)].min()
    within = max(np.linalg.norm(places[labels == album] - centres[album], axis=1).max() for album in range(SERIES))
    assert within < apart / 2


def test_stickers_that_come_later_are_placed_on_the_island_of_their_album() -> None:
    rows, labels = series()
    layout = Layout.from_bytes(lay_out(rows, labels, 0, nowhere(rows)).to_bytes())
    late, theirs = series(5, seed=1)
    assert (labels[nearest(layout.place(late), layout.place(rows))] == theirs).all()


def test_islands_stay_where_they_were_when_a_few_more_stickers_come() -> None:
    rows, labels = series()
    before = lay_out(rows, labels, 0, nowhere(rows)).place(rows)[:, ::-1]  # as no map from the start would be
    more, theirs = series(3, seed=1)
    every, albums = np.concatenate([rows, more]), np.concatenate([labels, theirs])
    after = lay_out(every, albums, 0, np.concatenate([before, nowhere(more)])).place(every)
    centres = np.array([before[labels == album].mean(axis=0) for album in range(SERIES)])
    assert (nearest(after, centres) == albums).all()


def test_of_many_stickers_landmarks_are_laid_out_and_small_albums_are_among_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("atlas_clustering.recipes.layout.LANDMARKS", 40)
    rows, labels = series()
    keep = (labels > 0) | (np.arange(len(rows)) < 2)  # the first album has two stickers, the others thirty
    layout = lay_out(rows[keep], labels[keep], 0, nowhere(rows[keep]))
    assert len(layout.landmarks) == 40
    assert (layout.landmarks[:, None] == rows[None, :2]).all(axis=2).any()
    assert np.isfinite(layout.place(rows)).all()


def test_the_map_is_the_same_on_any_number_of_threads() -> None:
    rows, labels = series()
    with threadpool_limits(1):
        alone = lay_out(rows, labels, 3, nowhere(rows)).places
    with ThreadPoolExecutor(2) as threads:
        assert all(
            (other.places == alone).all()
            for other in threads.map(lambda _: lay_out(rows, labels, 3, nowhere(rows)), range(2))
        )


def test_stickers_are_placed_alike_on_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atlas_clustering.recipes.layout.BLOCK_ROWS", 16)
    rows, labels = series()
    layout, late, told = lay_out(rows, labels, 0, nowhere(rows)), series(seed=1)[0], list[float]()
    with ThreadPoolExecutor(3) as threads:
        assert (layout.place(late, threads.map, told.append) == layout.place(late)).all()
    assert told == sorted(told)
    assert told[-1] == 1


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_a_handful_of_stickers_has_a_map(count: int) -> None:
    rows = series(2)[0][:count]
    assert np.isfinite(lay_out(rows, np.zeros(count, np.int32), 0, nowhere(rows)).place(rows)).all()


def test_a_landmark_lies_where_it_is_laid_out() -> None:
    rows, labels = series()
    layout = lay_out(rows, labels, 0, nowhere(rows))
    assert (layout.place(layout.landmarks) == layout.places).all()


def test_copies_of_one_picture_lie_in_one_place() -> None:
    rows = np.repeat(series(1)[0][:1], 20, axis=0)
    assert len(np.unique(lay_out(rows, np.zeros(20, np.int32), 0, nowhere(rows)).place(rows), axis=0)) == 1


def test_a_run_without_a_map_has_no_places() -> None:
    assert np.isnan(Layout.empty().place(series()[0])).all()
