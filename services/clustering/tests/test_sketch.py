import numpy as np
import pytest
from atlas_clustering.kmeans import in_memory
from atlas_clustering.kmeans.blocks import Floats, Rows
from atlas_clustering.kmeans.clusters import Clusters
from atlas_clustering.kmeans.lloyd import lloyd
from atlas_clustering.kmeans.sketch import least_distances, most_distances, sketch_centres, sketches, span


def directions_of(rows: Rows, number: int) -> Floats:
    return np.linalg.svd(rows.astype(np.float64), full_matrices=False)[2][:number].T


@pytest.mark.parametrize("beyond", [1.0, 1e-2, 1e-4, 0.0])
def test_no_row_is_nearer_to_a_centre_or_farther_from_it_than_their_sketches_tell(beyond: float) -> None:
    random = np.random.default_rng(0)
    rows = random.normal(0, [3.0] * 4 + [beyond] * 60, (500, 64)).astype(np.float32)
    centres = np.concatenate([rows[:20], random.normal(0, [3.0] * 4 + [beyond / 9] * 60, (20, 64))]).astype(np.float64)
    directions = directions_of(rows, 4)
    sketched, sketched_centres = sketches(in_memory(rows), directions).rows, sketch_centres(centres, directions)
    least = least_distances(sketched, sketched_centres)
    most = np.stack([most_distances(sketched, np.tile(centre, (500, 1))) for centre in sketched_centres], axis=1)
    exact = ((rows[:, None].astype(np.float64) - centres) ** 2).sum(axis=2)
    assert (least <= exact).all()
    assert (most >= exact).all()
    assert np.median(least[:, 20:] / exact[:, 20:]) > 0.5
    assert np.median(most[:, 20:] / exact[:, 20:]) < 2.0


def test_sketches_change_no_label_of_a_polish() -> None:
    random = np.random.default_rng(0)
    series = random.normal(0, 1, (90, 64))[random.integers(90, size=6_000)]
    rows = (series + random.normal(0, 0.8, series.shape)).astype(np.float32)
    matrix, directions = in_memory(rows), directions_of(rows, 16)
    along = in_memory(sketches(matrix, directions).along)
    start = lloyd(Clusters.around(along, rows[:60] @ directions)).labels
    clusters = Clusters.under(matrix, start, 60)
    without = lloyd(clusters)
    assert (without.labels != start).any()
    for along_these in (directions, span(clusters.centres)):
        with_them = lloyd(clusters.beside(sketches(matrix, along_these)))
        assert (with_them.labels == without.labels).all()
        assert (with_them.centres == without.centres).all()


def test_sketches_along_the_span_of_centres_tell_how_far_these_are() -> None:
    random = np.random.default_rng(0)
    rows, centres = random.normal(size=(500, 64)).astype(np.float32), random.normal(size=(20, 64))
    directions = span(centres)
    least = least_distances(sketches(in_memory(rows), directions).rows, sketch_centres(centres, directions))
    assert least == pytest.approx(((rows[:, None] - centres) ** 2).sum(axis=2), rel=1e-3)
