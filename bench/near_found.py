"""Pairs of files that a method finds, and how many of them are right."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from near_copies import MIRRORED
from numpy.typing import NDArray

WITH_MIRRORED = os.environ.get("MIRRORED", "") == "1"
PRECISION = 0.999
ORIGINAL = "original"


@dataclass(frozen=True)
class Files:
    """Files, the number of the picture that each comes from, and what was done to it."""

    paths: list[Path]
    sources: NDArray[np.int64]
    kinds: NDArray[np.str_]

    @property
    def folder(self) -> Path:
        return self.paths[0].parent

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Which files count in the figures."""
        return np.full(len(self.kinds), True) if WITH_MIRRORED else ~np.char.startswith(self.kinds, MIRRORED)

    @property
    def right_pairs(self) -> int:
        sizes = np.bincount(self.sources[self.counted])
        return int((sizes * (sizes - 1) // 2).sum())


@dataclass(frozen=True)
class Found:
    """Pairs of files and how alike a method says they are, the most alike first. usual: its usual threshold."""

    files: Files
    pairs: NDArray[np.int64]
    scores: NDArray[np.float64]
    usual: float

    @property
    def right(self) -> NDArray[np.bool_]:
        one, other = self.files.sources[self.pairs.T]
        return np.asarray(one == other)

    @property
    def counted(self) -> NDArray[np.bool_]:
        return np.asarray(self.files.counted[self.pairs].all(axis=1))

    def at_precision(self) -> tuple[float, float]:
        """Recall at the lowest threshold with enough precision, and that threshold."""
        right, scores = self.right[self.counted], self.scores[self.counted]
        hits = np.cumsum(right)
        last_of_score = np.append(np.diff(scores) != 0, True)[: len(scores)]
        enough = np.flatnonzero(last_of_score & (hits / np.arange(1, len(hits) + 1) >= PRECISION))
        if not len(enough):
            return 0.0, float("inf")
        return float(hits[enough[-1]] / self.files.right_pairs), float(scores[enough[-1]])

    def at_usual(self) -> tuple[float, float]:
        """Recall and precision."""
        chosen = self.right[self.counted & (self.scores >= self.usual)]
        return float(chosen.sum() / self.files.right_pairs), float(chosen.mean()) if len(chosen) else 1.0

    def recall_of(self, kind: str, threshold: float) -> float:
        """The share of copies of a kind that are found to be like their originals."""
        kinds = self.files.kinds[self.pairs]
        one_of_each = ((kinds == ORIGINAL).any(axis=1)) & ((kinds == kind).any(axis=1))
        return float((self.right & one_of_each & (self.scores >= threshold)).sum() / (self.files.kinds == kind).sum())


def found_by(files: Files, scored: Iterable[tuple[int, int, float]], usual: float) -> Found:
    best: dict[tuple[int, int], float] = {}
    for one, other, score in scored:
        pair = min(one, other), max(one, other)
        best[pair] = max(score, best.get(pair, score))
    scores = np.array(list(best.values()))
    order = np.argsort(-scores, kind="stable")
    return Found(files, np.array(list(best), np.int64).reshape(-1, 2)[order], scores[order], usual)
