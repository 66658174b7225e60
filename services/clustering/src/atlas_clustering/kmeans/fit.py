"""The whole of k-means: restarts of breathing k-means on principal components, then Lloyd in the full space."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from atlas_clustering.kmeans.blocks import Labels, Matrix, Rows, in_memory
from atlas_clustering.kmeans.breathing import breathe, thin
from atlas_clustering.kmeans.lloyd import Fit, lloyd
from atlas_clustering.kmeans.pca import components, project
from atlas_clustering.kmeans.resume import CLEARLY, resume
from atlas_clustering.kmeans.seeding import seed_centres

COMPARED = 2**14
"""Rows whose principal components are good enough to search in."""
ROWS_OF_CLUSTER = 64

MANY = 32
"""So many clusters have countless partitions that are nearly as good: fewer restarts from more centres find more."""
CROWDED = 2
"""How many centres a restart begins with for each of many clusters."""

Watch = Callable[[str, float], None]
"""Told the stage and its inertia now and then, from any thread; may raise to stop the search."""


@dataclass(frozen=True, slots=True)
class Search:
    """How hard to look: restarts in the space of `dimensions` components, the best `polished` of them finished in full.

    Each begins with k centres; of `MANY` clusters half as many begin with twice as many, and drop those needed least.
    A breath that lowers the inertia by less than the part `worth` of it a centre is not worth another: the polish takes
    what is left. Of many rows a `sample` is searched.
    """

    k: int
    seed: int = 0
    restarts: int = 4
    polished: int = 2
    dimensions: int = 128
    worth: float = 3e-5
    sample: int = 2**16

    @property
    def crowding(self) -> int:
        """Centres that a restart begins with, for each cluster."""
        return CROWDED if self.k >= MANY else 1


@dataclass(frozen=True, slots=True)
class Workers:
    """threads: for restarts, which share memory. blocks: for steps over blocks; perhaps a cluster of processes."""

    threads: Executor
    blocks: Executor

    @classmethod
    def local(cls, threads: Executor) -> "Workers":
        return cls(threads, threads)


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
        directions, _ = components(matrix, search.dimensions, over_blocks, every=max(1, len(matrix) // COMPARED))
        rows = project(matrix, directions, over_blocks)
        seeds = np.random.SeedSequence(search.seed).spawn(max(1, search.restarts // search.crowding))
        chosen = _sample(len(rows), search)
        restart = partial(_restart, rows[chosen], search, watch)
        found = list(workers.threads.map(restart, seeds))
        found.sort(key=lambda candidate: candidate.inertia)
        settle = partial(lloyd, in_memory(rows), mapper=workers.threads.map, watch=partial(watch, "settle"))
        settled = [settle(candidate.centres) for candidate in _distinct(found)[: search.polished]]
        known = before is not None and bool((before[chosen] >= 0).any())
        if before is not None and known:
            random = np.random.default_rng(search.seed)
            resumed = resume(rows[chosen], before[chosen], search.k, random, partial(watch, "resume"))
            settled.append(settle(resumed.centres))
        polish = partial(lloyd, matrix, mapper=over_blocks, watch=partial(watch, "polish"))
        polished = [polish(candidate.centres @ directions.T) for candidate in settled]
    best = min(polished, key=lambda candidate: candidate.inertia)
    return polished[-1] if known and best.inertia >= polished[-1].inertia * (1 - CLEARLY) else best


def _sample(rows: int, search: Search) -> NDArray[np.int64] | slice:
    """Which of the rows are searched: enough for every cluster to be seen; all of them without a copy."""
    size = max(search.sample, ROWS_OF_CLUSTER * search.k)
    if rows <= size:
        return slice(None)
    return np.sort(np.random.default_rng(search.seed).permutation(rows)[:size])


def _restart(rows: Rows, search: Search, watch: Watch, seed: np.random.SeedSequence) -> Fit:
    random = np.random.default_rng(seed)
    matrix = in_memory(rows)
    seeds = seed_centres(rows, min(search.k * search.crowding, len(rows)), random)
    return breathe(matrix, thin(matrix, seeds, search.k), random, search.worth, partial(watch, "search"))


def _distinct(found: list[Fit]) -> list[Fit]:
    """Without the ones that stopped at the same inertia as the one before: the polish would do its work twice."""
    pairs = zip(found[1:], found, strict=False)
    return found[:1] + [later for later, earlier in pairs if later.inertia > earlier.inertia * (1 + 1e-9)]
