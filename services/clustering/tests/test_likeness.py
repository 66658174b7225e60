import numpy as np
from atlas_clustering.near_duplicates.likeness import likeness

SEEN = np.random.default_rng(0).normal(size=(16, 16))


def vector(picture: np.ndarray) -> np.ndarray:
    """Of mean 0 and length 1 (1, 256)."""
    centred = (picture - picture.mean()).reshape(1, -1)
    return (centred / np.linalg.norm(centred)).astype(np.float32)


def with_corner(size: int) -> np.ndarray:
    """The picture with a corner of this side turned to its negative."""
    other = SEEN.copy()
    other[:size, :size] *= -1
    return other


def test_a_picture_is_wholly_like_itself() -> None:
    np.testing.assert_allclose(likeness(vector(SEEN), vector(SEEN)), 1, atol=1e-5)


def test_the_place_where_they_differ_most_decides() -> None:
    everywhere_a_little = vector(SEEN + np.random.default_rng(1).normal(size=(16, 16)) * 0.3)
    one, other = vector(SEEN), vector(with_corner(3))
    assert (one * other).sum() > (one * everywhere_a_little).sum()
    assert likeness(one, other)[0] < likeness(one, everywhere_a_little)[0]


def test_the_larger_the_place_the_less_alike() -> None:
    alike = [likeness(vector(SEEN), vector(with_corner(size)))[0] for size in (1, 2, 3)]
    assert alike == sorted(alike, reverse=True)
