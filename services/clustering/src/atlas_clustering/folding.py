"""Near duplicates folded: of pictures that are the same one, the most typical stands for all."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from threadpoolctl import threadpool_limits

from atlas_clustering.kmeans.blocks import Labels, Map, Rows
from atlas_clustering.near_duplicates import Fingerprints, near_duplicates

WINDOW = 512
"""Stickers compared with one another; of a larger variant they are compared in parts, so that time stays linear."""

Look = Callable[[NDArray[np.int64]], Fingerprints]
"""Fingerprints of stickers by their place in `ids` (n, 2, 32, 32); all zero where there is none, like no other."""


def copies(ids: Sequence[str], variants: Labels, distances: Rows, look: Look, mapper: Map = map) -> dict[str, str]:
    """For each sticker that is a near duplicate of a more typical one of its variant, that one.

    distances (n,): to the centre of the variant; the nearest is the most typical.
    """

    def compare(window: NDArray[np.int64]) -> dict[str, str]:
        return {ids[window[other]]: ids[window[first]] for first, other in _groups(look(window))}

    with threadpool_limits(1, "blas"):  # small products: threads would wait for one another
        parts = list(mapper(compare, _windows(variants, distances)))
    return {sticker: first for part in parts for sticker, first in part.items()}


def _windows(variants: Labels, distances: Rows) -> Iterator[NDArray[np.int64]]:
    """Rows of one variant, the most typical first, at most `WINDOW` of them."""
    order = np.lexsort((distances, variants))
    for members in np.split(order, np.flatnonzero(np.diff(variants[order])) + 1):
        for start in range(0, len(members), WINDOW):
            yield members[start : start + WINDOW]


def _groups(fingerprints: Fingerprints) -> Iterator[tuple[int, int]]:
    """The first of each group of near duplicates, with every other one of the group."""
    pairs = [(one, other) for one, other, _ in near_duplicates(fingerprints)]
    if not pairs:
        return
    rows, columns = np.array(pairs).T
    graph = csr_array((np.ones(len(pairs)), (rows, columns)), shape=(len(fingerprints),) * 2)
    groups = connected_components(graph, directed=False)[1]
    first_of = np.unique(groups, return_index=True)[1]
    for row, first in enumerate(first_of[groups].tolist()):
        if row != first:
            yield first, row
