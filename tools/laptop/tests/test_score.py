import pytest
from atlas_laptop.demo.score import agreement


def test_albums_that_are_the_series_agree_fully() -> None:
    found = agreement(["cat", "cat", "panda", "panda"], ["b", "b", "a", "a"])
    assert (found.purity, found.nmi, found.ari) == (1, pytest.approx(1), 1)


def test_one_album_for_everything_agrees_by_its_commonest_series_alone() -> None:
    found = agreement(["cat", "cat", "cat", "panda"], ["a", "a", "a", "a"])
    assert (found.purity, found.nmi, found.ari) == (0.75, 0, 0)
