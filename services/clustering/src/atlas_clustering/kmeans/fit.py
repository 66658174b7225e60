"""The whole of k-means: restarts of breathing k-means on principal components, then Lloyd in the full space."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from atlas_clustering.kmeans.blocks import Matrix, Rows, in_memory
from atlas_clustering.kmeans.breathing import breathe
from atlas_clustering.kmeans.lloyd import Fit, lloyd
from atlas_clustering.kmeans.pca import components, project
from atlas_clustering.kmeans.seeding import seed_centres

Watch = Callable[[str, float], None]
"""Told the stage and its inertia now and then, from any thread; may raise to stop the search."""


@dataclass(frozen=True, slots=True)
class Search:
    """How hard to look: restarts in the space of `dimensions` components, the best `polished` of them finished in full.

    A single restart misses the best known inertia by 1e-4 one time in five; four or more do not.
    """

    k: int
    seed: int = 0
    restarts: int = 4
    polished: int = 2
    dimensions: int = 128


@dataclass(frozen=True, slots=True)
class Workers:
    """threads: for restarts, which share memory. blocks: for steps over blocks; perhaps a cluster of processes."""

    threads: Executor
    blocks: Executor

    @classmethod
    def local(cls, threads: Executor) -> "Workers":
        return cls(threads, threads)


def fit(matrix: Matrix, search: Search, workers: Workers, watch: Watch = lambda *_: None) -> Fit:
    """The best partition found into `search.k` clusters, a fixed point of Lloyd's algorithm in the full space.

    The result depends on the workers in nothing. The matrix must have at least k distinct rows.
    """
    over_blocks = workers.blocks.map
    with threadpool_limits(1, "blas"):
        directions, _ = components(matrix, search.dimensions, over_blocks)
        rows = project(matrix, directions, over_blocks)
        seeds = np.random.SeedSequence(search.seed).spawn(search.restarts)
        restart = partial(_restart, in_memory(rows), rows, search.k, watch)
        found = list(workers.threads.map(restart, seeds))
        found.sort(key=lambda candidate: candidate.inertia)
        polished = [
            lloyd(matrix, candidate.centres @ directions.T, mapper=over_blocks, watch=partial(watch, "polish"))
            for candidate in _distinct(found)[: search.polished]
        ]
    return min(polished, key=lambda candidate: candidate.inertia)


def _restart(matrix: Matrix, rows: Rows, k: int, watch: Watch, seed: np.random.SeedSequence) -> Fit:
    random = np.random.default_rng(seed)
    start = seed_centres(rows, k, random)
    return breathe(matrix, start, random, watch=partial(watch, "search"))


def _distinct(found: list[Fit]) -> list[Fit]:
    """Without the ones that stopped at the same inertia as the one before: the polish would do its work twice."""
    pairs = zip(found[1:], found, strict=False)
    return found[:1] + [later for later, earlier in pairs if later.inertia > earlier.inertia * (1 + 1e-9)]
