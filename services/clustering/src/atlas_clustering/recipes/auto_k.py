"""The number of albums, chosen by how well they fit the graph of nearest neighbours."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from scipy.sparse import csr_array

from atlas_clustering import kmeans
from atlas_clustering.kmeans import Workers
from atlas_clustering.kmeans.blocks import Labels
from atlas_clustering.recipes.neighbours import neighbour_graph
from atlas_clustering.recipes.space import Space, centred

SMALLEST_ALBUM = 4
STEPS = 12
REFINED = 8
RESTARTS = 2
SAMPLE = 8_000
NEIGHBOURS = 8
CLEARLY = 0.01
"""The modularity by which another number must be better than the one before."""
NOISE = 0.0025
"""By so much modularity differs from seed to seed."""
UPPER = 0.7
"""Of numbers that are as good as one another the larger are better: albums are purer, and easily merged."""


def choose_k(
    space: Space, seed: int, workers: Workers, watch: Callable[[float], None] = lambda _: None, before: int = 0
) -> tuple[int, Mapping[int, float]]:
    """The k chosen by the modularity of its albums, and the modularity of every k that was tried.

    Two sweeps: equal ratios over the whole range, then around the best. Of many stickers a sample is compared.
    The number of the run before stays, so that albums do, unless another one is clearly better.
    """
    chosen = np.sort(np.random.default_rng(seed).permutation(len(space.drawn))[:SAMPLE])
    most = len(np.unique(space.drawn[chosen], axis=0)) // SMALLEST_ALBUM
    if most < 2:
        return 1, {1: 0.0}
    rows = kmeans.in_memory(centred(space.drawn[chosen]))
    graph = neighbour_graph(space.rows[space.landmarks[chosen]], NEIGHBOURS)
    curve: dict[int, float] = {1: 0.0}

    def measure(numbers: Iterable[int]) -> None:
        for k in sorted({*numbers} - {*curve}):
            watch(min(len(curve) / (STEPS + REFINED), 1.0))
            curve[k] = modularity(graph, kmeans.fit(rows, kmeans.Search(k, seed, RESTARTS), workers).labels)

    measure(candidates(most))
    measure(around(curve, most))
    measure({before} & {*range(2, most + 1)})
    stays = before in curve and max(curve.values()) - curve[before] < CLEARLY
    k = before if stays else on_plateau(curve)
    measure([k])
    return k, dict(sorted(curve.items()))


def candidates(most: int) -> Sequence[int]:
    """Numbers of albums in equal ratios from 2 to `most`, but not far beyond the root of the stickers."""
    limit = min(most, 4 * int(np.sqrt(SMALLEST_ALBUM * most)))
    return [int(k) for k in np.geomspace(2, limit, STEPS).round()]


def around(curve: Mapping[int, float], most: int) -> Sequence[int]:
    """Numbers between the best so far and its neighbours on the curve."""
    tried = sorted(curve)
    best = tried.index(max(curve, key=lambda k: curve[k]))
    low, high = tried[max(best - 1, 0)], tried[min(best + 1, len(tried) - 1)]
    return [int(k) for k in np.linspace(low, min(high, most), REFINED + 2).round()]


def on_plateau(curve: Mapping[int, float]) -> int:
    """The number below which most of the weight of all numbers lies, interpolated between those that were tried.

    The highest point of a flat curve is chance. A number that is worse by `NOISE` weighs 1/e of the best one.
    """
    tried = sorted(curve)
    numbers = np.arange(tried[0], tried[-1] + 1)
    modularities = np.interp(numbers, tried, [curve[k] for k in tried])
    weights = np.cumsum(np.exp((modularities - modularities.max()) / NOISE))
    return int(numbers[np.searchsorted(weights, UPPER * weights[-1])])


def modularity(graph: csr_array, labels: Labels) -> float:
    """The share of affinity inside albums, beyond what chance would put there.

    M. Newman and M. Girvan, "Finding and evaluating community structure in networks", 2004.
    """
    members = csr_array((np.ones(len(labels)), (labels, np.arange(len(labels)))))
    between = (members @ graph @ members.T).toarray()
    total = between.sum()
    return float(np.trace(between) / total - ((between.sum(axis=0) / total) ** 2).sum()) if total else 0.0
