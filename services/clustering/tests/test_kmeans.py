import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest
from atlas_clustering.kmeans import Fit, Matrix, Search, Workers, fit, in_memory
from atlas_clustering.kmeans.blocks import Floats, Labels, Rows, cut
from atlas_clustering.kmeans.clusters import Clusters
from atlas_clustering.kmeans.lloyd import lloyd
from atlas_clustering.kmeans.nearest import nearest
from sklearn.cluster import KMeans


@dataclass
class Storage:
    """Reads blocks anew each time, and knows how many of those were in memory at once at most."""

    read: list[weakref.ref[Rows]] = field(default_factory=list)
    most_held: int = 0

    def load(self, rows: Rows) -> Rows:
        copy = rows.copy()
        self.read = [known for known in self.read if known() is not None] + [weakref.ref(copy)]
        self.most_held = max(self.most_held, len(self.read))
        return copy


@dataclass
class StoredBlock:
    storage: Storage
    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def load(self) -> Rows:
        return self.storage.load(self.rows)


def mixture(rows: int, columns: int, centres: int, seed: int = 0) -> Rows:
    random = np.random.default_rng(seed)
    means = random.normal(0, 2, (centres, columns))
    x = means[random.integers(centres, size=rows)] + random.normal(0, 1, (rows, columns))
    return np.asarray(x - x.mean(axis=0), np.float32)


def found(rows: Rows, k: int, threads: int = 2, seed: int = 0, before: Labels | None = None) -> Fit:
    with ThreadPoolExecutor(threads) as executor:
        return fit(in_memory(rows), Search(k, seed), Workers.local(executor), before=before)


def exact_inertia(rows: Rows, fitted: Fit) -> float:
    return float(((rows.astype(np.float64) - fitted.centres[fitted.labels]) ** 2).sum())


def test_scikit_learn_finds_nothing_left_to_do() -> None:
    rows = mixture(10_000, 24, 12)
    ours = found(rows, 12)
    theirs = KMeans(12, init=ours.centres, n_init=1, tol=0, max_iter=100).fit(rows.astype(np.float64))
    assert (theirs.labels_ == ours.labels).all()
    assert theirs.inertia_ == pytest.approx(ours.inertia, rel=1e-12)


@pytest.mark.parametrize("k", [20, 64])
def test_inertia_is_no_more_than_the_best_of_many_starts_of_scikit_learn(k: int) -> None:
    rows = mixture(3_000, 10, 3 * k // 2)
    ours = found(rows, k)
    theirs = KMeans(k, n_init=20, tol=0, random_state=0).fit(rows.astype(np.float64))
    assert ours.inertia <= theirs.inertia_ * (1 + 1e-9)


def test_many_clusters_are_found_in_a_sample_of_many_rows() -> None:
    rows = mixture(30_000, 6, 40)
    ours = found(rows, 40)
    theirs = KMeans(40, n_init=3, tol=0, random_state=0).fit(rows.astype(np.float64))
    assert ours.inertia <= theirs.inertia_
    again = KMeans(40, init=ours.centres, n_init=1, tol=0, max_iter=100).fit(rows.astype(np.float64))
    assert (again.labels_ == ours.labels).all()


@pytest.mark.parametrize("k", [33, 40])
def test_clusters_may_be_as_many_as_different_rows(k: int) -> None:
    rows = np.tile(mixture(40, 3, 2), (3, 1))
    ours = found(rows, k)
    assert len({*ours.labels}) == k
    assert ours.inertia == pytest.approx(exact_inertia(rows, ours), abs=1e-3)


def test_inertia_is_what_the_labels_and_centres_say() -> None:
    rows = mixture(5_000, 12, 6)
    ours = found(rows, 6)
    assert ours.inertia == pytest.approx(exact_inertia(rows, ours), rel=1e-10)


def test_labels_do_not_depend_on_the_number_of_threads() -> None:
    rows = mixture(9_000, 12, 10)
    one, three = found(rows, 7, threads=1), found(rows, 7, threads=3)
    assert (one.labels == three.labels).all()
    assert (one.centres == three.centres).all()


def test_blocks_are_let_go_as_soon_as_they_are_read() -> None:
    rows, storage = mixture(30_000, 160, 4), Storage()
    matrix = Matrix([StoredBlock(storage, part) for part in cut(rows)], in_memory(rows).energy)
    with ThreadPoolExecutor(1) as executor:
        fit(matrix, Search(4), Workers.local(executor))
    assert storage.most_held <= 2


@pytest.mark.parametrize("k", [8, 70])
def test_lloyd_ends_where_plain_steps_change_nothing(k: int) -> None:
    rows = mixture(5_000, 5, 8)
    clusters = lloyd(Clusters.around(in_memory(rows), rows[:k].astype(np.float64)))
    labels, means = plain_step(rows, clusters.centres)
    assert (labels == clusters.labels).all()
    assert means == pytest.approx(clusters.centres, abs=1e-9)


@pytest.mark.parametrize("k", [8, 70])
def test_bounds_change_no_label(k: int) -> None:
    rows = mixture(5_000, 5, 8)
    clusters = Clusters.around(in_memory(rows), rows[:k].astype(np.float64))
    for _ in range(12):
        means = clusters.sums.centres()
        clusters = clusters.moved(means)[0]
        assert (clusters.labels == plain_step(rows, means)[0]).all()


def test_centres_come_and_go_without_a_new_start() -> None:
    rows = mixture(5_000, 12, 8)
    matrix, start = in_memory(rows), rows[:40].astype(np.float64)
    clusters = lloyd(Clusters.around(matrix, start), tolerance=1e-2)
    more = clusters.with_more(rows[100:105])
    assert_alike(more, Clusters.around(matrix, np.concatenate([clusters.centres, rows[100:105]])))
    found = [nearest(block.load(), more.step.centres) for block in matrix.blocks]
    assert_alike(more.without([3, 44], found), Clusters.around(matrix, np.delete(more.centres, [3, 44], axis=0)))


def test_an_empty_cluster_is_given_the_farthest_row() -> None:
    rows = mixture(500, 4, 3)
    start = np.concatenate([rows[:3], np.full((1, 4), 1e6)]).astype(np.float64)
    assert set(lloyd(Clusters.around(in_memory(rows), start)).labels) == {0, 1, 2, 3}


def test_as_many_clusters_as_rows_leave_no_inertia() -> None:
    rows = mixture(6, 3, 2)
    assert found(rows, 6).inertia == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("labels", [3, 8])
def test_a_partition_is_resumed_with_fewer_or_more_labels(labels: int) -> None:
    rows = mixture(6_000, 12, 5)
    before = np.where(np.arange(len(rows)) % 2, found(rows, labels).labels, -1).astype(np.int32)
    assert found(rows, 5, before=before).inertia == pytest.approx(found(rows, 5).inertia)


@pytest.mark.parametrize(("width", "stays"), [(1.001, True), (1.2, False)])
def test_a_partition_stays_unless_another_is_clearly_better(width: float, stays: bool) -> None:
    corners = np.array([[-width, -1], [-width, 1], [width, -1], [width, 1]])
    rows = (np.repeat(corners, 50, axis=0) + np.random.default_rng(0).normal(0, 1e-3, (200, 2))).astype(np.float32)
    upper_and_lower = np.tile(np.repeat([0, 1], 50), 2).astype(np.int32)
    kept = found(rows, 2, before=upper_and_lower).labels
    assert len({*zip(kept.tolist(), upper_and_lower.tolist(), strict=True)}) == (2 if stays else 4)


def assert_alike(clusters: Clusters, others: Clusters) -> None:
    assert (clusters.labels == others.labels).all()
    assert clusters.sums.centres() == pytest.approx(others.sums.centres(), abs=1e-9)
    assert clusters.inertia == pytest.approx(others.inertia, rel=1e-12)


def plain_step(rows: Rows, centres: Floats) -> tuple[Labels, Floats]:
    """The nearest of the centres for each row, and the means of the rows that each has."""
    x = rows.astype(np.float64)
    labels = ((x[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1).astype(np.int32)
    return labels, np.array([x[labels == label].mean(axis=0) for label in range(len(centres))])
