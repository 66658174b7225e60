"""What k-means is measured on: features of real stickers, and a mixture."""

import os
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from report import FEATURES, is_smoke

Rows = NDArray[np.float32]


def mixture(count: int, columns: int) -> Rows:
    """A seeded mixture of 60 unequal clusters with 40 directions of common variation, never below zero."""
    random = np.random.default_rng(0)
    centres = random.gamma(0.5, 0.25, (60, columns)).astype(np.float32)
    common = random.normal(0, 0.08, (40, columns)).astype(np.float32)
    labels = random.choice(60, count, p=random.dirichlet(np.ones(60)))
    rows = np.empty((count, columns), np.float32)
    for start in range(0, count, 4096):
        part = centres[labels[start : start + 4096]]
        noise = random.standard_normal((len(part), 40), np.float32) @ common
        rows[start : start + 4096] = np.maximum(part + noise + random.normal(0, 0.2, part.shape), 0)
    return rows


def resampled(stickers: Rows, count: int) -> Rows:
    """Real features at any number: pairs of stickers mixed, with a fifth of noise on every value."""
    random = np.random.default_rng(0)
    rows = np.empty((count, stickers.shape[1]), np.float32)
    for start in range(0, count, 4096):
        one, other = random.integers(len(stickers), size=(2, min(4096, count - start)))
        share = 0.3 * random.random((len(one), 1), np.float32)
        mixed = (1 - share) * stickers[one] + share * stickers[other]
        rows[start : start + 4096] = mixed * (1 + 0.2 * random.standard_normal(mixed.shape, np.float32))
    return rows


def sources(count: int, columns: int) -> Iterator[tuple[str, Rows]]:
    """Each source of rows by its name, and so many rows of it."""
    files = [] if is_smoke() else sorted(FEATURES.glob("*.npz"))
    if files:
        yield "stickers", resampled(np.concatenate([np.load(file)["pool3"] for file in files]), count)
    else:
        print(
            f"No features of real stickers in {FEATURES}: run `make bench-quality` first. Only the mixture is measured."
        )
    if is_smoke() or not files or "mixture" in os.environ.get("KMEANS_DATA", "mixture"):
        yield "mixture", mixture(count, columns)
