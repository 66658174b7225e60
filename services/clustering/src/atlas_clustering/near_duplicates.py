"""Near duplicates: pictures that are the same one re-encoded, resized, cut, mirrored, or with a caption bar added.

Parts of two fingerprints are laid over one another, so that what a bar or a cut leaves is still alike. Candidates are
found coarsely, by normalised cross-correlation (Lewis, "Fast Normalized Cross-Correlation", 1995) and matrix products,
since taking a part of a fingerprint is a linear map. Of these the edges of both parts are then moved to where they fit
best. How alike these are is the contrast and structure of their structural similarity (Wang et al., "Image quality
assessment", 2004) in the window where it is least: what is the same picture differs nowhere, however small the place.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

SAME = 0.98
"""Pictures at least this much alike are near duplicates; `make bench-near-duplicates` says how surely."""
CANDIDATE = 0.9
"""Coarsely at least this much alike: looked at more closely."""

SIDE = 32  # of a fingerprint, as the embedding service makes it
COARSE, FINE = 8, 16  # sides of what is correlated
OVERLAP = 1.5  # width of the stretches that are averaged, in steps from one to the next
BARS = (0.05, 0.1, 0.14, 0.18, 0.22)  # shares of the height
CUTS = (0, 0.05, 0.1)  # shares of the sides
KEPT = 0.7  # a part is at least this much of the picture
STEPS = ((1 / 32, 0.14), (1 / 64, 0.042), (1 / 64, 0.017), (1 / 128, 0.009), (1 / 128, 0.0035), (1 / 256, 0.002))
"""By which edges are moved, as shares of the sides; and how much better these moves and all later ones make a fit: of
2,600 near duplicates, one in a hundred gained more. Where one edge belongs depends on the others: they are moved again.
"""
FIT = 0.985  # correlation of what fits
WINDOW, NOISE = 7, 0.15  # side of what is compared structurally, and the share of the variance that says nothing in it
FLAT = 2.0  # a part whose grey levels deviate less than this says nothing
BLOCK, FITTED = 1024, 256  # pictures compared, and pairs fitted, at a time

Fingerprints = NDArray[np.uint8]
Floats = NDArray[np.float32]
Indices = NDArray[np.int64]
Part = tuple[float, float, float, float]
"""Left, top, right and bottom edge, as shares of the sides."""

WHOLE: Part = (0, 0, 1, 1)


@cache
def fits() -> tuple[tuple[Part, Part], ...]:
    """Parts compared with one another: the whole with itself, with what a bar or a cut leaves, and what both leave."""
    below = [(0.0, 0.0, 1.0, 1 - bar) for bar in BARS]
    above = [(0.0, bar, 1.0, 1.0) for bar in BARS]
    largest = max(CUTS)
    cuts = [(left, top, left + 1 - largest, top + 1 - largest) for left in CUTS for top in CUTS]
    inner = (largest / 2, largest / 2, 1 - largest / 2, 1 - largest / 2)
    one_way = [(WHOLE, part) for part in (*below, *above, *cuts)]
    one_way += [(inner, part) for bars in (below, above) for part in (bars[1], bars[-2])]
    return ((WHOLE, WHOLE), *one_way, *((other, one) for one, other in one_way))


def as_fingerprints(stored: Iterable[bytes]) -> Fingerprints:
    """What embedding keeps, on white and, of what is not opaque, on black: as [n, 2, 32, 32]."""
    return np.stack([np.resize(np.frombuffer(one, np.uint8), (2, SIDE, SIDE)) for one in stored])


def near_duplicates(
    prints: Fingerprints, threshold: float = SAME, *, mirrored: bool = True
) -> Iterator[tuple[int, int, float]]:
    """Pairs of indices of [n, 2, 32, 32], the smaller first, with how alike they are; mirrored: also one mirrored.

    What is transparent is compared on black as well. A pair that is alike in several ways comes several times. Memory
    grows with the number, not its square.
    """
    white, black = (prints[:, ground].astype(np.float32) for ground in (0, 1))
    everything, transparent = np.arange(len(prints)), np.flatnonzero((prints[:, 0] != prints[:, 1]).any(axis=(1, 2)))
    for others in (white, white[:, :, ::-1]) if mirrored else (white,):
        yield from _alike(white, everything, others, threshold, both_ways=False)
        yield from _alike(black[transparent], transparent, others, threshold, both_ways=True)


def _alike(
    some: Floats, numbers: Indices, others: Floats, threshold: float, *, both_ways: bool
) -> Iterator[tuple[int, int, float]]:
    """Pairs of some pictures, which have these numbers, with others: with all others, or only with those after them."""
    for start in range(0, len(some), BLOCK):
        sampled = _sampled(some[start : start + BLOCK])
        for other in range(0 if both_ways else start, len(others), BLOCK):
            itself = others is some and other == start
            ones, twos, parts = _candidates(sampled, sampled if itself else _sampled(others[other : other + BLOCK]))
            ones, twos = ones + start, twos + other
            chosen = numbers[ones] != twos if both_ways else numbers[ones] < twos
            ones, twos = ones[chosen], twos[chosen]
            alike = _fitted(some[ones], others[twos], parts[chosen])
            for pair in np.flatnonzero(alike >= threshold):
                first, second = sorted((int(numbers[ones[pair]]), int(twos[pair])))
                yield first, second, float(alike[pair])


def _sampled(pictures: Floats) -> dict[Part, Floats]:
    """Every part that is compared, coarsely [n, 64]."""
    return {part: _vectors(pictures, np.array(part), COARSE) for part in {part for pair in fits() for part in pair}}


def _candidates(some: Mapping[Part, Floats], others: Mapping[Part, Floats]) -> tuple[Indices, Indices, Floats]:
    """Indices of pairs that are coarsely alike, and the parts [pairs, 2, 4] by which they are."""
    best = np.full((len(some[WHOLE]), len(others[WHOLE])), CANDIDATE, np.float32)
    by = np.full(best.shape, -1, np.int16)
    for number, (one, other) in enumerate(fits()):
        alike = some[one] @ others[other].T
        better = alike > best
        best[better], by[better] = alike[better], number
    ones, twos = np.nonzero(by >= 0)
    return ones, twos, np.array(fits(), np.float32)[by[ones, twos]]


def _fitted(some: Floats, others: Floats, parts: Floats) -> Floats:
    """How alike pairs are [n], with the edges of both parts where they fit best; 0 where none do."""
    alike = np.empty(len(some), np.float32)
    for start in range(0, len(some), FITTED):
        rows = slice(start, start + FITTED)
        alike[rows] = _fitted_block([some[rows], others[rows]], parts[rows])
    return alike


def _fitted_block(pictures: list[Floats], parts: Floats) -> Floats:
    alike, rows = np.zeros(len(parts), np.float32), np.arange(len(parts))
    vectors = [_vectors(pictures[side], parts[:, side], FINE) for side in (0, 1)]
    best = (vectors[0] * vectors[1]).sum(axis=1)
    for step, gain in STEPS:
        near = best >= FIT - gain
        rows, best, parts = rows[near], best[near], parts[near]
        pictures, vectors = [one[near] for one in pictures], [one[near] for one in vectors]
        for move, side, edge in product((-step, step), (0, 1), range(4)):
            moved = parts[:, side].copy()
            moved[:, edge] = np.clip(moved[:, edge] + move, 0, 1)
            tried = _vectors(pictures[side], moved, FINE)
            fit = (tried * vectors[1 - side]).sum(axis=1)
            size = (moved[:, 2] - moved[:, 0]) * (moved[:, 3] - moved[:, 1])
            better = (fit > best) & (size >= KEPT)
            best[better], parts[better, side], vectors[side][better] = fit[better], moved[better], tried[better]
    fits = best >= FIT
    alike[rows[fits]] = _structural_similarity(vectors[0][fits], vectors[1][fits])
    return alike


def _structural_similarity(some: Floats, others: Floats) -> Floats:
    """Of vectors of mean 0 and length 1 [n, 256]: the least of all windows [n]."""
    one, other = (vectors.reshape(-1, FINE, FINE) * FINE for vectors in (some, others))
    local = partial(uniform_filter, size=WINDOW, axes=(1, 2))
    mean, other_mean = local(one), local(other)
    variances = local(one**2) - mean**2 + local(other**2) - other_mean**2
    covariance = local(one * other) - mean * other_mean
    return np.asarray(((2 * covariance + NOISE) / (variances + NOISE)).min(axis=(1, 2)), np.float32)


def _vectors(pictures: Floats, parts: Floats, side: int) -> Floats:
    """A part of each picture, or one part of all, at side x side, as vectors of mean 0 and length 1; flat: 0."""
    rows = _sampling(parts[..., 1], parts[..., 3], side)
    columns = _sampling(parts[..., 0], parts[..., 2], side)
    vectors = (rows @ pictures @ columns.swapaxes(-1, -2)).reshape(len(pictures), side * side)
    vectors -= vectors.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(lengths > FLAT * side, vectors / np.maximum(lengths, 1e-6), 0).astype(np.float32)


def _sampling(start: Floats, end: Floats, side: int) -> Floats:
    """The matrices [..., side, 32] that average pixels over equal stretches from start to end, wider than their steps.

    What lies next to one another overlaps, so that a fit is not spoilt by where pixels happen to begin.
    """
    first, last = start[..., None] * SIDE, end[..., None] * SIDE
    step = (last - first) / side
    middles = first + step * np.arange(0.5, side, dtype=np.float32)
    lower = np.maximum(middles - step * OVERLAP / 2, first)
    upper = np.minimum(middles + step * OVERLAP / 2, last)
    pixels = np.arange(SIDE, dtype=np.float32)
    shared = np.minimum(upper[..., None], pixels + 1) - np.maximum(lower[..., None], pixels)
    return np.asarray(np.clip(shared, 0, None) / (upper - lower)[..., None], np.float32)
