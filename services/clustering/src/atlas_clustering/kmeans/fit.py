"""The whole of k-means: a search on principal components, then Lloyd's algorithm in the full space."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import numpy as np
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from atlas_clustering.kmeans.blocks import Block, Floats, Labels, Matrix, Rows, in_memory
from atlas_clustering.kmeans.clusters import Clusters
from atlas_clustering.kmeans.lloyd import lloyd
from atlas_clustering.kmeans.resume import CLEARLY, resume
from atlas_clustering.kmeans.search import Search, Watch, sample
from atlas_clustering.kmeans.sketch import Sketches, sketches, span

COMPARED = 2**12
"""Rows whose principal components are good enough to search in."""
ROWS_RESUMED = 2**16
"""So many rows at most tell where the partition before goes on: small albums must be among them."""
OWN = 2
"""So many clusters for each component cost more to sketch for than the sketches of before leave to do."""
SETTLED = 3e-6
"""A partition is settled enough to be polished when an iteration lowers its inertia by less than this part of it."""


@dataclass(frozen=True, slots=True)
class Workers:
    """threads: for restarts, which share memory. blocks: for steps over blocks; perhaps a cluster of processes."""

    threads: Executor
    blocks: Executor

    @classmethod
    def local(cls, threads: Executor) -> "Workers":
        return cls(threads, threads)

    @property
    def share_memory(self) -> bool:
        """Whether what is handed to a step over blocks costs nothing."""
        return self.blocks is self.threads


@dataclass(frozen=True, eq=False)
class Fit:
    """A partition of the rows: centres (k, d) in float64, labels (n,), inertia in float64."""

    centres: Floats
    labels: Labels
    inertia: float


def fit(
    matrix: Matrix,
    search: Search,
    workers: Workers,
    watch: Watch = lambda *_: None,
    before: Labels | None = None,
) -> Fit:
    """The best partition found into `search.k` clusters, a fixed point of Lloyd's algorithm in the full space.

    With labels of `before` (n,), -1 for rows that had none, it goes on from these unless another one is clearly better.
    The result depends on the workers in nothing. The matrix must have at least k distinct rows.
    """
    matrix = replace(matrix, mapper=workers.blocks.map)
    with threadpool_limits(1, "blas"):
        settled = _settled(matrix, search, workers, watch, before)
        polished = [_polished(matrix, labels, search.k, settled.sketch, watch) for labels in settled.labels]
    best = min(polished, key=lambda found: found.inertia)
    stays = settled.continued and best.inertia >= polished[-1].inertia * (1 - CLEARLY)
    return polished[-1] if stays else best


_Sketch: TypeAlias = Callable[[Clusters], Sketches | None]


@dataclass(frozen=True, eq=False)
class _Settled:
    """What is worth a polish: labels (n,) of partitions, the continued one last, and how rows are sketched for it."""

    labels: list[Labels]
    continued: bool
    sketch: _Sketch


def _settled(matrix: Matrix, search: Search, workers: Workers, watch: Watch, before: Labels | None) -> _Settled:
    """The best partitions along the leading components of the rows, and that which goes on from before."""
    components = sketches(matrix, _directions(matrix, search))
    rows = in_memory(components.along, workers.threads.map)
    found = [Clusters.around(rows, one.centres) for one in search.among(components.along, workers.threads, watch)]
    starts = _distinct(sorted(found, key=lambda clusters: clusters.inertia))[: search.polished]
    settle = partial(lloyd, tolerance=SETTLED, watch=partial(watch, "settle"))
    settled = [settle(clusters).labels for clusters in starts]
    random = np.random.default_rng(search.seed)
    chosen = sample(len(matrix), ROWS_RESUMED, random)
    known = before is not None and bool((before[chosen] >= 0).any())
    if before is not None and known:
        resumed = resume(components.along[chosen], before[chosen], search.k, random, partial(watch, "resume"))
        settled.append(settle(Clusters.around(rows, resumed.centres)).labels)
    return _Settled(settled, known, _sketch(components, search, workers))


def _sketch(components: Sketches, search: Search, workers: Workers) -> _Sketch:
    """How rows are sketched to save distances from centres: along the span of these, unless they are too many."""
    if not (workers.share_memory and components.are_shorter):
        return lambda _: None
    if search.k > OWN * search.dimensions:
        return lambda _: components
    return lambda clusters: sketches(clusters.matrix, span(clusters.centres))


def _polished(matrix: Matrix, labels: Labels, k: int, sketch: _Sketch, watch: Watch) -> Fit:
    clusters = Clusters.under(matrix, labels, k)
    end = lloyd(clusters.beside(sketch(clusters)), watch=partial(watch, "polish"))
    return Fit(end.centres, end.labels, end.inertia)


def _directions(matrix: Matrix, search: Search) -> Floats:
    """The leading principal components of centred rows as columns (d, p), as a sample of the rows tells them.

    Where there are no more dimensions than wanted, they are searched as they are.
    """
    every = max(1, len(matrix) // COMPARED)
    rows = np.concatenate(list(matrix.map(partial(_each, every=every))))
    if rows.shape[1] <= search.dimensions:
        return np.eye(rows.shape[1])
    wanted = min(search.dimensions, len(rows))
    components = randomized_svd(rows, wanted, n_iter=2, random_state=search.seed)[2]
    directions: Floats = np.linalg.qr(components.T.astype(np.float64))[0]
    return directions


def _each(block: Block, every: int) -> Rows:
    """A copy: a view would hold the whole block in memory."""
    return block.load()[::every].copy()


def _distinct(found: list[Clusters]) -> list[Clusters]:
    """Without the ones that stopped at the same inertia as the one before: the polish would do its work twice."""
    pairs = zip(found[1:], found, strict=False)
    return found[:1] + [later for later, earlier in pairs if later.inertia > earlier.inertia * (1 + 1e-9)]
