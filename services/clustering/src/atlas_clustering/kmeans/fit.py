"""The whole of k-means: a search on principal components, then Lloyd's algorithm in the full space."""

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from atlas_clustering.kmeans.blocks import Block, Floats, Labels, Map, Matrix, Rows, in_memory
from atlas_clustering.kmeans.lloyd import Fit, lloyd, polish
from atlas_clustering.kmeans.resume import CLEARLY, resume
from atlas_clustering.kmeans.search import Search, Watch, sample
from atlas_clustering.kmeans.sketch import sketches

COMPARED = 2**13
"""Rows whose principal components are good enough to search in."""
ROWS_RESUMED = 2**16
"""So many rows at most tell where the partition before goes on: small albums must be among them."""
SETTLED = 1e-6
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
    over_blocks = workers.blocks.map
    with threadpool_limits(1, "blas"):
        sketched = sketches(matrix, _directions(matrix, search, over_blocks), over_blocks)
        rows = sketched.along
        found = search.among(rows, workers.threads, watch)
        settle = partial(
            lloyd, in_memory(rows), tolerance=SETTLED, mapper=workers.threads.map, watch=partial(watch, "settle")
        )
        settled = [settle(candidate.centres) for candidate in _distinct(found)[: search.polished]]
        chosen = sample(len(rows), ROWS_RESUMED, search.seed)
        known = before is not None and bool((before[chosen] >= 0).any())
        if before is not None and known:
            random = np.random.default_rng(search.seed)
            resumed = resume(rows[chosen], before[chosen], search.k, random, partial(watch, "resume"))
            settled.append(settle(resumed.centres))
        helpful = sketched if workers.share_memory and sketched.are_shorter else None
        finish = partial(polish, matrix, sketches=helpful, mapper=over_blocks, watch=partial(watch, "polish"))
        polished = [finish(candidate.labels, search.k) for candidate in settled]
    best = min(polished, key=lambda candidate: candidate.inertia)
    return polished[-1] if known and best.inertia >= polished[-1].inertia * (1 - CLEARLY) else best


def _directions(matrix: Matrix, search: Search, mapper: Map) -> Floats:
    """The leading principal components of centred rows as columns (d, p), as a sample of the rows tells them.

    Where there are no more dimensions than wanted, they are searched as they are.
    """
    every = max(1, len(matrix) // COMPARED)
    rows = np.concatenate(list(mapper(partial(_each, every=every), matrix.blocks)))
    if rows.shape[1] <= search.dimensions:
        return np.eye(rows.shape[1])
    wanted = min(search.dimensions, len(rows))
    components = randomized_svd(rows, wanted, n_iter=4, random_state=search.seed)[2]
    directions: Floats = np.linalg.qr(components.T.astype(np.float64))[0]
    return directions


def _each(block: Block, every: int) -> Rows:
    """A copy: a view would hold the whole block in memory."""
    return block.load()[::every].copy()


def _distinct(found: list[Fit]) -> list[Fit]:
    """Without the ones that stopped at the same inertia as the one before: the polish would do its work twice."""
    pairs = zip(found[1:], found, strict=False)
    return found[:1] + [later for later, earlier in pairs if later.inertia > earlier.inertia * (1 + 1e-9)]
