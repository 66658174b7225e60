import numpy as np
import pytest
from atlas_clustering.near_duplicates import as_fingerprints, near_duplicates
from numpy.typing import NDArray

Grey = NDArray[np.float64]


def drawing(seed: int) -> Grey:
    """Soft shapes, 320 x 320."""
    rough = np.random.default_rng(seed).uniform(0, 255, (8, 8))
    places = np.linspace(0, 7, 320)
    rows = np.stack([np.interp(places, range(8), column) for column in rough.T], axis=1)
    return np.stack([np.interp(places, range(8), row) for row in rows])


def fingerprint(picture: Grey) -> bytes:
    height, width = picture.shape
    return picture.reshape(32, height // 32, 32, width // 32).mean(axis=(1, 3)).astype(np.uint8).tobytes()


def cut(picture: Grey) -> Grey:
    """Without 5% at each side."""
    return picture[16:-16, 16:-16]


def captioned(picture: Grey, words: slice = slice(40, -40, 8)) -> Grey:
    bar = np.full((picture.shape[0] // 5, picture.shape[1]), 255.0)
    bar[20:40, words] = 0
    return np.concatenate([picture, bar])


def found(*pictures: Grey, mirrored: bool = True) -> set[tuple[int, int]]:
    prints = as_fingerprints(map(fingerprint, pictures))
    return {(one, other) for one, other, _ in near_duplicates(prints, mirrored=mirrored)}


@pytest.mark.parametrize(
    "copy",
    [drawing(1) // 2 + 90, cut(drawing(1)), captioned(drawing(1)), drawing(1)[:, ::-1], cut(drawing(1))[:, ::-1]],
    ids=["paler", "cut", "captioned", "mirrored", "cut and mirrored"],
)
def test_a_copy_is_found_and_another_picture_is_not(copy: Grey) -> None:
    assert found(drawing(1), drawing(2), copy) == {(0, 2)}


def test_a_copy_that_is_cut_is_found_by_one_that_is_captioned() -> None:
    assert found(cut(drawing(4)), captioned(drawing(4))) == {(0, 1)}


def test_pictures_whose_captions_differ_are_two_however_they_are_cut() -> None:
    assert found(cut(captioned(drawing(4))), captioned(drawing(4), slice(150, 170))) == set()


def test_a_transparent_picture_is_found_by_copies_on_black_and_on_white() -> None:
    shape = np.hypot(*np.mgrid[-160:160, -160:160] / 100) < 1
    white, black = np.where(shape, drawing(1), 255), np.where(shape, drawing(1), 0)
    original = fingerprint(white) + fingerprint(black)
    copies = [fingerprint(cut(black)), original, fingerprint(cut(white)[:, ::-1])]
    pairs = {(one, other) for one, other, _ in near_duplicates(as_fingerprints(copies))}
    assert {(0, 1), (1, 2)} <= pairs


def test_mirrored_pictures_can_be_told_apart() -> None:
    assert found(drawing(1), drawing(1)[:, ::-1], mirrored=False) == set()


def test_pictures_that_differ_in_one_place_only_are_two() -> None:
    other = drawing(1)
    other[200:240, 100:220] = 255 - other[200:240, 100:220]
    assert found(drawing(1), other) == set()


def test_coins_of_different_values_are_two_however_strong_their_outline() -> None:
    coin = np.where(np.hypot(*np.mgrid[-160:160, -160:160] / 140) < 1, 220.0, 0.0)
    one, two = coin.copy(), coin.copy()
    one[100:220, 150:170] -= 25
    two[150:170, 100:220] -= 25
    assert found(one, two) == set()


def test_flat_pictures_are_like_no_other() -> None:
    assert found(np.full((320, 320), 7.0), np.full((320, 320), 7.0), drawing(1)) == set()


def test_what_has_no_fingerprint_is_not_even_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    monkeypatch.setattr("atlas_clustering.near_duplicates.finding.sampled", compared.append)
    assert found(*(np.zeros((320, 320)) for _ in range(3))) == set()
    assert compared == []


def test_pictures_far_apart_in_a_long_list_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atlas_clustering.near_duplicates.finding.BLOCK", 2)
    assert found(drawing(1), drawing(2), drawing(3), drawing(4), cut(drawing(1))) == {(0, 4)}
