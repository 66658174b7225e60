"""Fitting: the edges of what is laid over one another are moved to where both parts are most alike.

First each edge by itself, to get near; then all at once, by damped Gauss-Newton steps (Levenberg, 1944).
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from atlas_clustering.near_duplicates.fingerprints import Greys, Indices
from atlas_clustering.near_duplicates.likeness import FINE, likeness
from atlas_clustering.near_duplicates.parts import WHOLE, Floats, vectors

MOVES = ((1 / 32, 0.13), (1 / 64, 0.045))
STEPS = (0.018, 0.005, 0.002, 0.0006)
"""Moves of an edge as shares of the side, and steps of all; and how much better each and all later ones make a fit: of
near duplicates, one in a hundred gains more.
"""
NUDGE, FARTHEST = 1 / 256, 1 / 32  # by which slopes are found, and an edge moved at most
DAMPING = 0.05  # share of the mean square of the slopes
FIT = 0.985  # correlation of what fits
KEPT = 0.6  # a part is at least this much of the picture
LOST = 0.08  # and of no edge is more left out in both parts: two pictures may differ in nothing but their captions
BLOCK = 256  # pairs fitted at a time
BOTH = slice(None)


@dataclass(eq=False, slots=True)
class Overlay:
    """Numbers of pairs [n], their pictures [n, 2, 32, 32], and parts that lie over one another [n, 2, 4].

    seen: the parts as vectors [n, 2, 256]. fit: their correlation [n].
    """

    numbers: Indices
    pictures: Greys
    parts: Floats
    seen: Floats
    fit: Floats

    @classmethod
    def of(cls, numbers: Indices, pictures: Greys, parts: Floats) -> "Overlay":
        seen = vectors(pictures, parts, FINE)
        return cls(numbers, pictures, parts, seen, _correlation(seen))

    def near(self, fit: float) -> "Overlay":
        """Those that fit at least so well."""
        rows = self.fit >= fit
        return Overlay(self.numbers[rows], self.pictures[rows], self.parts[rows], self.seen[rows], self.fit[rows])

    def try_parts(self, parts: Floats, sides: slice = BOTH) -> None:
        """Take others where they fit better and are large enough. sides: what is not the same as before."""
        parts, seen = np.clip(parts, 0, 1), self.seen.copy()
        seen[:, sides] = vectors(self.pictures[:, sides], parts[:, sides], FINE)
        fit = _correlation(seen)
        better = (fit > self.fit) & _enough_of(parts)
        self.parts[better], self.seen[better], self.fit[better] = parts[better], seen[better], fit[better]

    def move_edges(self, move: float) -> None:
        for moved, side, edge in product((-move, move), (0, 1), range(4)):
            parts = self.parts.copy()
            parts[:, side, edge] += moved
            self.try_parts(parts, slice(side, side + 1))

    def step(self) -> None:
        """Towards where the difference of both is least."""
        slopes = self._slopes()
        slopes[:, 1] *= -1
        slopes = slopes.reshape(len(slopes), 8, slopes.shape[-1])
        squares = slopes @ slopes.swapaxes(1, 2)
        damping = DAMPING * np.trace(squares, axis1=1, axis2=2) / 8
        squares += np.maximum(damping, 1e-6)[:, None, None] * np.eye(8, dtype=np.float32)
        steps = np.linalg.solve(squares, slopes @ (self.seen[:, 0] - self.seen[:, 1])[..., None])
        self.try_parts(self.parts - np.clip(steps.reshape(-1, 2, 4), -FARTHEST, FARTHEST))

    def _slopes(self) -> Floats:
        """How each side changes with each of its edges [n, 2, 4, 256]."""
        slopes = np.empty((*self.parts.shape, self.seen.shape[-1]), np.float32)
        for edge in range(4):
            inwards, parts = NUDGE if edge < 2 else -NUDGE, self.parts.copy()
            parts[..., edge] += inwards
            slopes[:, :, edge] = (vectors(self.pictures, parts, FINE) - self.seen) / inwards
        return slopes


def _enough_of(parts: Floats) -> NDArray[np.bool_]:
    """Whether parts [n, 2, 4] leave out so little that what two pictures differ in is in them [n]."""
    sizes = (parts[..., 2] - parts[..., 0]) * (parts[..., 3] - parts[..., 1])
    lost_by_both = np.abs(parts - WHOLE).min(axis=1)
    return np.asarray((sizes.min(axis=1) >= KEPT) & (lost_by_both.max(axis=1) <= LOST))


def _correlation(seen: Floats) -> Floats:
    return np.asarray((seen[:, 0] * seen[:, 1]).sum(axis=1))


def fitted_likeness(some: Greys, others: Greys, parts: Floats) -> Floats:
    """How alike pairs are [n], where their parts [n, 2, 4] fit best; 0 where they never fit."""
    alike = np.zeros(len(some), np.float32)
    for start in range(0, len(some), BLOCK):
        block = slice(start, start + BLOCK)
        overlay = Overlay.of(np.arange(len(some))[block], np.stack([some[block], others[block]], axis=1), parts[block])
        for move, gain in MOVES:
            overlay = overlay.near(FIT - gain)
            overlay.move_edges(move)
        for gain in STEPS:
            overlay = overlay.near(FIT - gain)
            overlay.step()
        fits = overlay.near(FIT)
        alike[fits.numbers] = likeness(fits.seen[:, 0], fits.seen[:, 1])
    return alike
