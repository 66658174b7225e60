"""Finding near duplicates among all of many pictures."""

from collections.abc import Iterator

import numpy as np

from atlas_clustering.near_duplicates.candidates import candidates, sampled
from atlas_clustering.near_duplicates.fingerprints import Fingerprints, Greys, Indices
from atlas_clustering.near_duplicates.fitting import fitted_likeness

SAME = 0.986
"""Pictures at least this much alike are near duplicates; `make bench-near-duplicates` says how surely."""
BLOCK = 1024  # pictures compared at a time


def near_duplicates(
    prints: Fingerprints, threshold: float = SAME, *, mirrored: bool = True
) -> Iterator[tuple[int, int, float]]:
    """Pairs of indices, the smaller first, with how alike they are; mirrored: also with one of both mirrored.

    What is transparent is compared on black as well. A pair that is alike in several ways comes several times. What has
    no fingerprint is like nothing. Memory grows with the number, not its square.
    """
    known = np.flatnonzero(prints.any(axis=(1, 2, 3)))
    prints = prints[known]
    white, black = (prints[:, ground].astype(np.float32) for ground in (0, 1))
    everything, transparent = np.arange(len(prints)), np.flatnonzero((prints[:, 0] != prints[:, 1]).any(axis=(1, 2)))
    for others in (white, white[:, :, ::-1]) if mirrored else (white,):
        for some, numbers, both_ways in ((white, everything, False), (black[transparent], transparent, True)):
            for one, other, alike in _alike(some, numbers, others, threshold, both_ways=both_ways):
                yield int(known[one]), int(known[other]), alike


def _alike(
    some: Greys, numbers: Indices, others: Greys, threshold: float, *, both_ways: bool
) -> Iterator[tuple[int, int, float]]:
    """Pairs of some pictures, which have these numbers, with others: with all others, or only with those after them."""
    for start in range(0, len(some), BLOCK):
        coarse = sampled(some[start : start + BLOCK])
        for other in range(0 if both_ways else start, len(others), BLOCK):
            itself = others is some and other == start
            ones, twos, parts = candidates(coarse, coarse if itself else sampled(others[other : other + BLOCK]))
            ones, twos = ones + start, twos + other
            chosen = numbers[ones] != twos if both_ways else numbers[ones] < twos
            ones, twos = ones[chosen], twos[chosen]
            alike = fitted_likeness(some[ones], others[twos], parts[chosen])
            for pair in np.flatnonzero(alike >= threshold):
                first, second = sorted((int(numbers[ones[pair]]), int(twos[pair])))
                yield first, second, float(alike[pair])
