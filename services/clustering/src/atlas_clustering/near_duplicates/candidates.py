"""Candidates: pairs that are coarsely alike.

By normalised cross-correlation (Lewis, "Fast Normalized Cross-Correlation", 1995) and matrix products.
"""

from collections.abc import Mapping

import numpy as np

from atlas_clustering.near_duplicates.fingerprints import Greys, Indices
from atlas_clustering.near_duplicates.parts import WHOLE, Floats, Part, compared, vectors

CANDIDATE = 0.9
"""Pictures at least this much alike are candidates."""
COARSE = 8  # side of what is correlated

Sampled = Mapping[Part, Floats]


def sampled(pictures: Greys) -> Sampled:
    """Every part that is compared, coarsely [n, 64]."""
    return {part: vectors(pictures, np.array(part), COARSE) for part in {part for pair in compared() for part in pair}}


def candidates(some: Sampled, others: Sampled) -> tuple[Indices, Indices, Floats]:
    """Indices of pairs that are coarsely alike, and the parts [pairs, 2, 4] by which they are."""
    best = np.full((len(some[WHOLE]), len(others[WHOLE])), CANDIDATE, np.float32)
    by = np.full(best.shape, -1, np.int16)
    for number, (one, other) in enumerate(compared()):
        alike = some[one] @ others[other].T
        better = alike > best
        best[better], by[better] = alike[better], number
    ones, twos = np.nonzero(by >= 0)
    return ones, twos, np.array(compared(), np.float32)[by[ones, twos]]
