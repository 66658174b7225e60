"""From a partition of the stickers to albums and assignments that can be published."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from atlas_clustering.folding import Look, copies
from atlas_clustering.kmeans.blocks import Map, Rows, cut
from atlas_clustering.model import Assignment, Cluster, Members, Partition
from atlas_clustering.recipes.belonging import Belonging, belonging, finite, radii
from atlas_clustering.recipes.variants import means

BATCH = 32_768


@dataclass(frozen=True, eq=False)
class Albums:
    """The clusters of a run, albums before variants, and what puts each sticker into one."""

    members: Members
    partition: Partition
    belonging: Belonging
    clusters: Sequence[Cluster]
    places: Rows
    copies: Mapping[str, str] = field(default_factory=dict)

    @property
    def outliers(self) -> int:
        return int(self._outside().sum())

    def with_clusters(self, clusters: Sequence[Cluster]) -> "Albums":
        return replace(self, clusters=clusters)

    def folded(self, look: Look, mapper: Map) -> "Albums":
        """With near duplicates told from the stickers that stand for them."""
        where = self.belonging
        return replace(self, copies=copies(self.members.ids, where.variants, where.distances, look, mapper))

    def named(self, names: Mapping[str, str]) -> "Albums":
        """With names by id."""
        return self.with_clusters([replace(one, name=names.get(one.cluster_id)) for one in self.clusters])

    def members_by_id(self) -> dict[str, list[str]]:
        """The stickers of each album."""
        albums = self.clusters[: self.partition.k]
        groups = self.members.by_label(self.partition.albums)
        return {album.cluster_id: group for album, group in zip(albums, groups, strict=True)}

    def assignments(self) -> Iterator[list[Assignment]]:
        """One for each sticker, in batches."""
        outside, strengths, margins = self._outside(), self.belonging.strengths, self.belonging.margins
        k = self.partition.k
        for start in range(0, len(self.members), BATCH):
            yield [
                Assignment(
                    sha256=self.members.ids[i],
                    album_id=self.clusters[self.partition.albums[i]].cluster_id,
                    variant_id=self.clusters[k + self.belonging.variants[i]].cluster_id,
                    distance=float(self.belonging.distances[i]),
                    margin=finite(margins[i]),
                    strength=float(strengths[i]),
                    outlier=bool(outside[i]),
                    late=False,
                    x=float(self.places[i, 0]),
                    y=float(self.places[i, 1]),
                    copy_of=self.copies.get(self.members.ids[i]),
                )
                for i in range(start, min(start + BATCH, len(self.members)))
            ]

    def _outside(self) -> np.ndarray:
        limits = np.array([cluster.radius for cluster in self.clusters[: self.partition.k]], np.float32)
        return self.belonging.distances > limits[self.partition.albums]


def describe(members: Members, partition: Partition, places: Rows) -> Albums:
    """Centres, medoids, radii and memberships of a partition; albums are named by their medoids.

    places (n, 2): where the stickers lie on the map.
    """
    centres = means(members.rows, partition.variants)
    where = belonging(members.rows, centres, partition.album_of, partition.albums)
    limits = radii(where.distances, partition.albums)
    albums = [
        _cluster(members, np.flatnonzero(partition.albums == album), "album-{}", None, float(limits[album]))
        for album in range(partition.k)
    ]
    variants = [
        _cluster(
            members,
            np.flatnonzero(partition.variants == variant),
            "variant-{}",
            albums[album].cluster_id,
            float(limits[album]),
        )
        for variant, album in enumerate(partition.album_of)
    ]
    return Albums(members, partition, where, [*albums, *variants], places)


def _cluster(members: Members, rows: np.ndarray, name: str, parent: str | None, radius: float) -> Cluster:
    inside = members.rows[rows]
    centre = inside.mean(axis=0, dtype=np.float64)
    squared = np.concatenate([((part - centre) ** 2).sum(axis=1) for part in cut(inside)])
    medoid = members.ids[rows[int(squared.argmin())]]
    return Cluster(
        cluster_id=name.format(medoid[:16]),
        parent_id=parent,
        name=None,
        size=len(rows),
        medoid=medoid,
        inertia=float(squared.sum()),
        radius=radius,
        centre=centre.astype(np.float32),
    )
