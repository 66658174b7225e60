"""How alike two pictures are that lie over one another.

The contrast and structure of their structural similarity (Wang et al., "Image quality assessment", 2004) in the window
where it is least: what is the same picture differs nowhere, however small the place.
"""

from functools import partial

import numpy as np
from scipy.ndimage import uniform_filter

from atlas_clustering.near_duplicates.parts import Floats

FINE = 16  # side of what is compared
WINDOW, NOISE = 7, 0.25  # side of a window, and the share of the variance that says nothing in it


def likeness(some: Floats, others: Floats) -> Floats:
    """Of vectors of mean 0 and length 1 [n, 256]: 1 where they are the same [n]."""
    one, other = (vectors.reshape(-1, FINE, FINE) * FINE for vectors in (some, others))
    local = partial(uniform_filter, size=WINDOW, axes=(1, 2))
    mean, other_mean = local(one), local(other)
    variances = local(one**2) - mean**2 + local(other**2) - other_mean**2
    covariance = local(one * other) - mean * other_mean
    return np.asarray(((2 * covariance + NOISE) / (variances + NOISE)).min(axis=(1, 2)), np.float32)
