"""Stickers in the space of a recipe, and the albums that k-means finds there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from atlas_clustering import kmeans
from atlas_clustering.kmeans.blocks import Block, Labels, Rows, distinct, stacked
from atlas_clustering.kmeans.fit import Workers
from atlas_clustering.kmeans.search import Watch
from atlas_clustering.recipes.belonging import belonging
from atlas_clustering.recipes.catalogue import Recipe
from atlas_clustering.recipes.learning import learn, learn_columns
from atlas_clustering.recipes.neighbours import drawn_together
from atlas_clustering.recipes.transform import Transform, transformed
from atlas_clustering.recipes.variants import means, with_variants

SMALL = 20_000
"""Up to so many stickers more restarts cost little, and more are needed to find the best of many optima."""
LANDMARKS = 40_000
"""Comparing every sticker with every other takes time that grows with the square: of more, a sample is compared."""


@dataclass(frozen=True, eq=False)
class Space:
    """rows: where stickers are compared (n, d). drawn: the landmarks among them, drawn together. matrix: for k-means.

    landmarks: which of the rows the albums are found among; the others are placed with the nearest of these.
    """

    transform: Transform
    rows: Rows
    landmarks: NDArray[np.int64]
    drawn: Rows
    matrix: kmeans.Matrix

    def __len__(self) -> int:
        return len(self.rows)

    def albums(
        self, k: int, seed: int, workers: Workers, watch: Watch = lambda *_: None, before: Labels | None = None
    ) -> Labels:
        """Each sticker's album (n,), of at most k.

        before: the album of each sticker that had one, else -1. These albums go on unless others are clearly better.
        """
        k = distinct(self.drawn, k)  # k-means cannot find more albums than rows differ
        search = kmeans.Search(k, seed, restarts=8, worth=0.0) if len(self) <= SMALL else kmeans.Search(k, seed)
        known = None if before is None else before[self.landmarks]
        labels = kmeans.fit(self.matrix, search, workers, watch, known).labels
        return labels if len(labels) == len(self) else self._placed(labels, seed)

    def _placed(self, labels: Labels, seed: int) -> Labels:
        """The albums of all stickers, by the variants of those that the landmarks form."""
        known = self.rows[self.landmarks]
        partition = with_variants(known, labels, seed)
        found = belonging(self.rows, means(known, partition.variants), partition.album_of)
        placed = partition.album_of[found.variants]
        placed[self.landmarks] = labels
        return placed


def span(recipe: Recipe, blocks: Sequence[Block], widths: Mapping[str, int], workers: Workers) -> Space:
    """Bring features into the space of the recipe."""
    mapper = workers.blocks.map
    with threadpool_limits(1, "blas"):
        transform = learn(recipe, blocks, widths, mapper)
        parts = mapper(partial(_load, transform=transform), blocks)
        rows = stacked(parts, (sum(map(len, blocks)), transform.dimensions))
        if recipe.exact:
            matrix = transformed(blocks, learn_columns(recipe, blocks, widths, mapper), mapper)
            return Space(transform, rows, np.arange(len(rows)), rows, matrix)
        landmarks = np.sort(np.random.default_rng(0).permutation(len(rows))[:LANDMARKS])
        drawn = drawn_together(rows[landmarks], recipe.neighbours, recipe.smoothing)
        return Space(transform, rows, landmarks, drawn, kmeans.in_memory(centred(drawn)))


def centred(rows: Rows) -> Rows:
    return np.asarray(rows - rows.mean(axis=0, dtype=np.float64), np.float32)


def _load(block: Block, transform: Transform) -> Rows:
    return transform(block.load())
