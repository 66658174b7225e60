"""A map of the stickers: two dimensions in which neighbours are near one another.

L. van der Maaten and G. Hinton, "Visualizing data using t-SNE", 2008, as scikit-learn computes it.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from atlas_clustering.kmeans.blocks import Labels, Map, Rows
from atlas_clustering.kmeans.nearest import ROUNDING, squared_distances, squared_norms

LANDMARKS = 4_000
"""Stickers that are laid out; all others are placed among them, so that time and memory stay bounded."""
PERPLEXITY = 30.0
FEWEST = 4
"""Fewer landmarks than this have nothing to be laid out."""
MOST = 0.5
"""The part of the landmarks that must have been on an earlier map for the new one to go on from it."""
NEIGHBOURS = 5
BLOCK_ROWS = 1_024
TINY = np.float32(1e-12)


@dataclass(frozen=True, eq=False, slots=True)
class Layout:
    """Landmarks in the space of a run (m, d), and where they lie on the map (m, 2)."""

    landmarks: Rows
    places: Rows

    @classmethod
    def empty(cls) -> "Layout":
        return cls(np.empty((0, 0), np.float32), np.empty((0, 2), np.float32))

    def place(self, rows: Rows, mapper: Map = map, watch: Callable[[float], None] = lambda _: None) -> Rows:
        """Where rows (n, d) lie (n, 2): at the median of their five nearest landmarks, so that none is between islands.

        A landmark lies where it is laid out. Without landmarks there are no places: all are NaN. watch is told which
        part of the rows is placed, and may raise to stop.
        """
        if not len(self.landmarks):
            return np.full((len(rows), 2), np.nan, np.float32)
        blocks = [rows[start : start + BLOCK_ROWS] for start in range(0, len(rows) or 1, BLOCK_ROWS)]
        parts = []
        with threadpool_limits(1):
            for part in mapper(self._among, blocks):
                parts.append(part)
                watch(len(parts) / len(blocks))
        return np.concatenate(parts)

    def _among(self, rows: Rows) -> Rows:
        distances = squared_distances(rows, self.landmarks)
        near = np.argpartition(distances, min(NEIGHBOURS, len(self.landmarks)) - 1, axis=1)[:, :NEIGHBOURS]
        places: Rows = np.median(self.places[near], axis=1)
        same = distances.min(axis=1) <= 2 * ROUNDING * squared_norms(rows)
        places[same] = self.places[distances[same].argmin(axis=1)]
        return places

    def to_bytes(self) -> bytes:
        file = io.BytesIO()
        np.savez(file, landmarks=self.landmarks, places=self.places)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Layout":
        with np.load(io.BytesIO(content)) as stored:
            return cls(stored["landmarks"], stored["places"])


def lay_out(rows: Rows, albums: Labels, seed: int, before: Rows) -> Layout:
    """Lay out rows (n, d), or landmarks among them; the same arguments give the same map.

    before (n, 2): places on an earlier map, NaN for rows that were not on it. If it had most of them, its islands stay.
    """
    chosen = _chosen(albums, seed)
    landmarks, first = np.unique(rows[chosen], axis=0, return_index=True)
    before = before[chosen[first]]
    known = np.isfinite(before).all(axis=1)
    if known.mean() > MOST:
        start = Layout(landmarks[known], before[known]).place(landmarks)
        search = TSNE(init=start, early_exaggeration=1.0, max_iter=500)
    else:
        start = _strongest(landmarks)
        search = TSNE(init=1e-4 * start / max(start[:, 0].std(), TINY))
    if len(landmarks) < FEWEST:
        return Layout(landmarks, start)
    search.set_params(perplexity=min(PERPLEXITY, (len(landmarks) - 1) / 3), random_state=seed)
    with threadpool_limits(1):  # so that nothing depends on how many there are
        return Layout(landmarks, np.asarray(search.fit_transform(landmarks), np.float32))


def _strongest(landmarks: Rows) -> Rows:
    """The two strongest columns (m, 2): components come the strongest first."""
    places = np.zeros((len(landmarks), 2), np.float32)
    columns = min(2, landmarks.shape[1])
    places[:, :columns] = landmarks[:, :columns]
    return places


def _chosen(albums: Labels, seed: int) -> NDArray[np.int64]:
    """At most `LANDMARKS` rows: of each album in proportion to the root of its size, small ones among them."""
    order = np.random.default_rng(seed).permutation(len(albums))
    of_album = np.argsort(albums[order], kind="stable")
    sizes = np.bincount(albums)
    rank = np.empty(len(albums))
    rank[order[of_album]] = np.arange(len(albums)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.argsort(rank / np.sqrt(sizes[albums]), kind="stable")[:LANDMARKS]
