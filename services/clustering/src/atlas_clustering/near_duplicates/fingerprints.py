"""How pictures look at a glance, as the embedding service says it."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

SIDE = 32

Fingerprints = NDArray[np.uint8]
"""Grey on white and on black, as [n, 2, 32, 32]; all zero where there is none."""
Greys = NDArray[np.float32]
"""Of fingerprints on one ground, as [n, 32, 32]."""
Indices = NDArray[np.int64]


def as_fingerprints(stored: Iterable[bytes]) -> Fingerprints:
    """What embedding keeps, on white and, of what is not opaque, on black."""
    return np.stack([np.resize(np.frombuffer(one, np.uint8), (2, SIDE, SIDE)) for one in stored])
