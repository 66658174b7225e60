"""Stickers in the space of a recipe, and the albums that k-means finds there."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from atlas_clustering import kmeans
from atlas_clustering.kmeans.blocks import Block, Labels, Rows
from atlas_clustering.kmeans.fit import Watch
from atlas_clustering.recipes.catalogue import Recipe
from atlas_clustering.recipes.learning import learn, learn_columns
from atlas_clustering.recipes.neighbours import drawn_together
from atlas_clustering.recipes.transform import Transform, transformed

SMALL = 20_000
"""Up to so many stickers more restarts cost little, and more are needed to find the best of many optima."""


@dataclass(frozen=True, eq=False)
class Space:
    """rows: where stickers are compared (n, d). drawn: the same, drawn together. matrix: what k-means works on."""

    transform: Transform
    rows: Rows
    drawn: Rows
    matrix: kmeans.Matrix

    def __len__(self) -> int:
        return len(self.rows)

    def albums(self, k: int, seed: int, threads: Executor, watch: Watch = lambda *_: None) -> Labels:
        """Each sticker's album (n,), of at most k."""
        restarts = 8 if len(self) <= SMALL else 4
        search = kmeans.Search(min(k, self.distinct()), seed, restarts)
        return kmeans.fit(self.matrix, search, threads, watch=watch).labels

    def distinct(self) -> int:
        """How many of the rows differ: k-means cannot find more albums than that."""
        return len(np.unique(self.drawn, axis=0))


def span(recipe: Recipe, blocks: Sequence[Block], widths: Mapping[str, int], threads: Executor) -> Space:
    """Bring features into the space of the recipe."""
    transform = learn(recipe, blocks, widths, threads.map)
    rows = np.concatenate([transform(block.load()) for block in blocks])
    if recipe.exact:
        whole = learn_columns(recipe, blocks, widths, threads.map)
        return Space(transform, rows, rows, transformed(blocks, whole, threads.map))
    drawn = drawn_together(rows, recipe.neighbours, recipe.smoothing)
    return Space(transform, rows, drawn, kmeans.in_memory(centred(drawn)))


def centred(rows: Rows) -> Rows:
    return np.asarray(rows - rows.mean(axis=0, dtype=np.float64), np.float32)
