"""The use case of stickers that come after a run: they are placed by its centres at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from atlas_common.errors import NotFound

from atlas_clustering.kmeans.blocks import Labels, Rows
from atlas_clustering.model import Assignment, Cluster, Run
from atlas_clustering.recipes.belonging import Belonging, belonging, finite
from atlas_clustering.recipes.catalogue import recipe_named
from atlas_clustering.recipes.layout import Layout
from atlas_clustering.recipes.transform import Transform


@dataclass(frozen=True, eq=False)
class Atlas:
    """A published run as far as placing stickers needs it: how to bring them into its space, and what is there."""

    run_id: str
    model: str
    layers: tuple[str, ...]
    transform: Transform
    layout: Layout
    albums: Sequence[Cluster]
    variants: Sequence[Cluster]

    @classmethod
    def of(cls, run: Run, transform: Transform, layout: Layout, clusters: Sequence[Cluster]) -> "Atlas":
        albums = [cluster for cluster in clusters if cluster.parent_id is None]
        variants = [cluster for cluster in clusters if cluster.parent_id is not None]
        layers = tuple(recipe_named(run.spec.recipe).layers)
        return cls(run.run_id, run.spec.model, layers, transform, layout, albums, variants)

    @property
    def centres(self) -> Rows:
        return np.array([variant.centre for variant in self.variants], np.float32)

    @property
    def album_of(self) -> Labels:
        number = {album.cluster_id: n for n, album in enumerate(self.albums)}
        return np.array([number[str(variant.parent_id)] for variant in self.variants], np.int32)

    def album(self, album_id: str) -> Cluster:
        """Raises `NotFound`."""
        for album in self.albums:
            if album.cluster_id == album_id:
                return album
        raise NotFound(f"run {self.run_id} has no album {album_id}", reason="no_such_album")

    def compare(self, features: Rows) -> Belonging:
        return belonging(self.transform(features), self.centres, self.album_of)


@dataclass(frozen=True, slots=True)
class Match:
    """An album that a picture could belong to."""

    album_id: str
    distance: float
    strength: float


def place(atlas: Atlas, ids: Sequence[str], features: Rows) -> Iterator[Assignment]:
    """Assign stickers to the nearest variants of a run, and so to their albums."""
    rows = atlas.transform(features)
    found = belonging(rows, atlas.centres, atlas.album_of)
    places = atlas.layout.place(rows)
    for i, sha256 in enumerate(ids):
        variant = atlas.variants[found.variants[i]]
        album = atlas.albums[atlas.album_of[found.variants[i]]]
        yield Assignment(
            sha256=sha256,
            album_id=album.cluster_id,
            variant_id=variant.cluster_id,
            distance=float(found.distances[i]),
            margin=finite(found.margins[i]),
            strength=float(found.strengths[i]),
            outlier=bool(found.distances[i] > album.radius),
            late=True,
            x=finite(places[i, 0]),
            y=finite(places[i, 1]),
        )


def nearest_albums(atlas: Atlas, features: Rows, limit: int) -> list[Match]:
    """The albums nearest to one picture (1, D), the nearest first; strength weighs each against the nearest other."""
    distances = np.linalg.norm(atlas.centres - atlas.transform(features), axis=1)
    album_of = atlas.album_of
    nearest = np.array([distances[album_of == album].min() for album in range(len(atlas.albums))])
    order = np.argsort(nearest, kind="stable")
    return [
        Match(atlas.albums[album].cluster_id, float(nearest[album]), _strength(nearest, album))
        for album in order[:limit]
    ]


def _strength(nearest: Rows, album: int) -> float:
    others = np.append(np.delete(nearest, album), np.float32(np.inf))
    of_album = Belonging(np.zeros(1, np.int32), nearest[album : album + 1], others.min(keepdims=True))
    return float(of_album.strengths[0])
