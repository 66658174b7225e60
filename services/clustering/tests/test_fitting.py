import numpy as np
import pytest
from atlas_clustering.near_duplicates import SAME
from atlas_clustering.near_duplicates.fitting import fitted_likeness
from atlas_clustering.near_duplicates.parts import WHOLE, Part, vectors

DRAWING = np.kron(np.random.default_rng(0).uniform(0, 255, (8, 8)), np.ones((4, 4))).astype(np.float32)


def part_of_drawing(part: Part) -> np.ndarray:
    """As a picture of its own, paler (1, 32, 32)."""
    return vectors(DRAWING[None], np.array(part, np.float32), 32).reshape(1, 32, 32) * 1000 + 100


def likeness(part: Part, start: Part) -> float:
    """Of the part and the drawing, which is laid under it from `start`."""
    parts = np.array([[WHOLE, start]], np.float32)
    return float(fitted_likeness(part_of_drawing(part), DRAWING[None], parts)[0])


@pytest.mark.parametrize(
    ("part", "start"),
    [
        ((0.02, 0.03, 0.94, 0.97), (0.05, 0.05, 0.95, 0.95)),
        ((0, 0.073, 0.97, 1), (0, 0.1, 1, 1)),
        ((0.071, 0.013, 0.971, 0.913), (0.1, 0, 1, 0.9)),
    ],
)
def test_a_part_is_found_wherever_its_edges_are(part: Part, start: Part) -> None:
    assert likeness(part, start) >= SAME


def test_what_is_far_from_fitting_is_like_nothing() -> None:
    assert likeness((0, 0, 0.7, 0.7), WHOLE) == 0


def test_a_small_part_is_not_the_picture() -> None:
    assert likeness((0.25, 0.25, 0.75, 0.75), (0.2, 0.2, 0.8, 0.8)) == 0


def test_many_pairs_fit_as_each_does_by_itself() -> None:
    ones, twos = (
        np.repeat(part_of_drawing((0.02, 0.03, 0.94, 0.97)), 600, axis=0),
        np.repeat(DRAWING[None], 600, axis=0),
    )
    parts = np.tile(np.array([WHOLE, (0.05, 0.05, 0.95, 0.95)], np.float32), (600, 1, 1))
    np.testing.assert_allclose(
        fitted_likeness(ones, twos, parts), likeness((0.02, 0.03, 0.94, 0.97), parts[0, 1]), rtol=1e-4
    )
