"""Near duplicates: pictures that are the same one re-encoded, resized, cut at the margin, or with a caption bar added.

Two fingerprints are alike by the normalised cross-correlation (Lewis, "Fast Normalized Cross-Correlation", 1995) of the
whole of one with the best fitting part of the other, either way round: what a bar or a cut leaves is still alike.
Taking a part of a fingerprint is a linear map, so comparing one set of pictures with another is matrix multiplication.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

SAME = 0.975
"""Pictures at least this much alike are near duplicates; `make bench-near-duplicates` says how surely."""

SIDE = 32  # of a fingerprint, as the embedding service makes it
COMPARED = 16  # side of what is correlated
BARS = (0.025, 0.05, 0.1, 0.14, 0.18, 0.22)  # shares of the height
CUT = 0.05  # share of each side
FLAT = 2.0  # a part whose grey levels deviate less than this says nothing
BLOCK = 1024

Fingerprints = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a picture: where it starts and how large it is, as shares of the sides."""

    left: float = 0
    top: float = 0
    width: float = 1
    height: float = 1


WHOLE = Part()


def parts() -> tuple[Part, ...]:
    """The whole; what a bar below or above leaves; what a cut leaves, wherever it was made."""
    below = [Part(height=1 - bar) for bar in BARS]
    above = [Part(top=bar, height=1 - bar) for bar in BARS]
    offsets = (0, CUT / 2, CUT)
    cuts = [Part(left, top, 1 - CUT, 1 - CUT) for left in offsets for top in offsets]
    return (WHOLE, *below, *above, *cuts)


def likeness(some: Fingerprints, others: Fingerprints) -> Floats:
    """How alike each of `some` [n, 32, 32] is to each of `others` [m, 32, 32]: [n, m], 1 for the same picture."""
    whole, other_whole = _vectors(some, WHOLE), _vectors(others, WHOLE)
    best = np.full((len(some), len(others)), -1, np.float32)
    for part in parts():
        np.maximum(best, _vectors(some, part) @ other_whole.T, out=best)
        np.maximum(best, whole @ _vectors(others, part).T, out=best)
    return best


def near_duplicates(fingerprints: Fingerprints, threshold: float = SAME) -> Iterator[tuple[int, int, float]]:
    """Pairs of indices, the smaller first, with how alike they are. Memory grows with the number, not its square."""
    for start in range(0, len(fingerprints), BLOCK):
        some = fingerprints[start : start + BLOCK]
        for other in range(start, len(fingerprints), BLOCK):
            alike = likeness(some, fingerprints[other : other + BLOCK])
            for row, column in np.argwhere(alike >= threshold):
                if start + row < other + column:
                    yield int(start + row), int(other + column), float(alike[row, column])


def _vectors(fingerprints: Fingerprints, part: Part) -> Floats:
    """A part of each fingerprint at 16 x 16, as vectors [n, 256] of mean 0 and length 1; flat ones are all 0."""
    rows = _sampling(part.top, part.height)
    columns = _sampling(part.left, part.width)
    sampled = rows @ fingerprints.astype(np.float32) @ columns.T
    vectors = sampled.reshape(len(fingerprints), -1)
    vectors -= vectors.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(lengths > FLAT * COMPARED, vectors / np.maximum(lengths, 1e-6), 0).astype(np.float32)


@cache
def _sampling(start: float, size: float) -> Floats:
    """The matrix [16, 32] that averages one side's pixels over 16 equal stretches of the part."""
    edges = (start + size * np.arange(COMPARED + 1) / COMPARED) * SIDE
    pixels = np.arange(SIDE)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(np.clip(overlap, 0, None) / np.diff(edges)[:, None], np.float32)
