"""The search for partitions among some of the rows, in few dimensions: restarts of breathing k-means."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from atlas_clustering.kmeans.blocks import Map, Rows, in_memory
from atlas_clustering.kmeans.breathing import breathe, thin
from atlas_clustering.kmeans.clusters import Clusters
from atlas_clustering.kmeans.seeding import seed_centres, seed_in_rounds

MANY = 32
"""So many clusters have countless partitions that are nearly as good: fewer restarts from more centres find more."""
CROWDED = 2
"""How many centres a restart begins with for each of many clusters."""
ROWS_OF_FEW, ROWS_OF_MANY = 3 * 2**12, 5 * 2**12
"""How many rows a restart looks at for few clusters, and for many: a sample of its own, where there are more."""
ROWS_OF_CLUSTER = 24
MOST_TIMES = 4
"""As many times the restarts fit into samples for few clusters, at no more work."""

Watch = Callable[[str, float], None]
"""Told the stage and its inertia now and then, from any thread; may raise to stop the search."""


@dataclass(frozen=True, slots=True)
class Search:
    """How hard to look: restarts in the space of `dimensions` components, the best `polished` of them finished in full.

    Each begins with k centres; in a sample of a quarter of the rows there are four times as many. Of `MANY` clusters or
    more they begin with twice as many centres, and drop those needed least; the more clusters, the fewer restarts. A
    breath that lowers the inertia by less than the part `worth` of it a centre is not worth another: the polish takes
    what is left.
    """

    k: int
    seed: int = 0
    restarts: int = 4
    polished: int = 3
    dimensions: int = 96
    worth: float = 3e-5

    def among(self, rows: Rows, threads: Executor, watch: Watch) -> list[Clusters]:
        """What restarts end in, each among the rows or a sample of its own."""
        if self.k < MANY:
            size = ROWS_OF_FEW
            number = self.restarts * min(MOST_TIMES, max(1, len(rows) // size))
        else:
            size = max(ROWS_OF_MANY, ROWS_OF_CLUSTER * self.k)
            number = max(1, self.restarts * MANY // self.k)
        seeds = np.random.SeedSequence(self.seed).spawn(number)
        over_restarts, over_blocks = (threads.map, map) if number > 1 else (map, threads.map)
        restart = partial(self._restart, rows, size, over_blocks, partial(watch, "search"))
        return list(over_restarts(restart, seeds))

    def _restart(
        self, every_row: Rows, size: int, mapper: Map, watch: Callable[[float], None], seed: np.random.SeedSequence
    ) -> Clusters:
        random = np.random.default_rng(seed)
        rows = every_row[sample(len(every_row), size, random)]
        matrix = in_memory(rows, mapper)
        if self.k < MANY:
            start = Clusters.around(matrix, seed_centres(rows, self.k, random))
        else:
            seed_crowd = seed_centres if len(rows) < ROWS_OF_MANY else seed_in_rounds
            crowd = seed_crowd(rows, min(CROWDED * self.k, len(rows)), random)
            start = thin(Clusters.around(matrix, crowd), self.k)
        return breathe(start, random, self.worth, watch)


def sample(rows: int, size: int, random: np.random.Generator) -> NDArray[np.int64] | slice:
    """Which of so many rows to look at: at most `size`; all of them without a copy."""
    return slice(None) if rows <= size else np.sort(random.permutation(rows)[:size])
