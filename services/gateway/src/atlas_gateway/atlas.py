"""The published run as the gateway serves it: every album with its wall, small enough to keep in memory.

Members are not in it; they are read a page at a time.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from atlas_gateway.model.albums import Album, NearAlbum, Variant
from atlas_gateway.model.images import Tile
from atlas_gateway.near import nearest_albums

WALL = 24
VARIANT_WALL = 12


@dataclass(frozen=True, slots=True)
class Split:
    """A decision that keeps groups of an album's stickers apart; a single group, from the rest of the album."""

    decision_id: str
    album_id: str
    groups: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Rulings:
    """What people decided that shows at once, and what speaks against other decisions."""

    names: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    excluded: frozenset[tuple[str, str]] = frozenset()  # album, sticker
    removed: frozenset[str] = frozenset()  # stickers taken down
    splits: Sequence[Split] = ()

    def keep(self, album_id: str | None, sha256: str) -> bool:
        """False for a sticker that was taken down, or that a person took out of the album."""
        return sha256 not in self.removed and (album_id, sha256) not in self.excluded


@dataclass(frozen=True, slots=True)
class Atlas:
    """Albums of one run, the largest first. Replaced as a whole, never changed.

    assigned: stickers with a place in the run; outliers: those of them that fit no album well.
    """

    run_id: str
    model: str
    albums: tuple[Album, ...]
    rulings: Rulings
    assigned: int
    outliers: int

    def album(self, album_id: str) -> Album | None:
        return next((album for album in self.albums if album.album_id == album_id), None)

    def number(self, album_id: str) -> int | None:
        """Where an album stands among all, from 1: what one without a name is called by."""
        return next((number for number, album in enumerate(self.albums, 1) if album.album_id == album_id), None)

    def shown(self, hidden: bool = False) -> list[Album]:
        """Albums to list, with or without the hidden ones."""
        return [album for album in self.albums if hidden or not album.hidden]


class Walls:
    """Gathers the members nearest to each centre, and counts them, in one pass over a run's assignments."""

    def __init__(self, rulings: Rulings) -> None:
        self._rulings = rulings
        self._nearest: dict[str, list[tuple[float, str]]] = {}
        self.sizes: Counter[str] = Counter()
        self.animated: Set[str] = frozenset()
        self.assigned = 0
        self.outliers = 0

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows of table `assignments`."""
        for row in rows:
            self.assigned += 1
            if row["outlier"]:
                self.outliers += 1
            elif self._rulings.keep(row["album_id"], row["sha256"]):
                for cluster_id in filter(None, (row["album_id"], row["variant_id"])):
                    self.sizes[cluster_id] += 1
                    if row["copy_of"] is None:
                        self._place(cluster_id, row["distance"] or 0.0, row["sha256"])

    def shown(self) -> frozenset[str]:
        """SHA-256 of every sticker on any wall."""
        return frozenset(sha256 for nearest in self._nearest.values() for _, sha256 in nearest)

    def wall(self, cluster_id: str, size: int) -> list[Tile]:
        """The `size` members nearest to the centre, nearest first."""
        nearest = sorted(self._nearest.get(cluster_id, []), key=lambda place: (-place[0], place[1]))
        return [Tile(sha256=sha256, animated=sha256 in self.animated) for _, sha256 in nearest[:size]]

    def _place(self, cluster_id: str, distance: float, sha256: str) -> None:
        nearest = self._nearest.setdefault(cluster_id, [])
        (heapq.heappush if len(nearest) < WALL else heapq.heappushpop)(nearest, (-distance, sha256))


def build(run_id: str, model: str, clusters: Iterable[Mapping[str, Any]], walls: Walls, rulings: Rulings) -> Atlas:
    """The atlas of a run from its rows in table `clusters` and the walls gathered from its assignments."""
    variants: dict[str, list[Variant]] = {}
    tops = []
    for row in clusters:
        if row["parent_id"] is None:
            tops.append(row)
        else:
            variants.setdefault(row["parent_id"], []).append(_variant(row, walls))
    near = nearest_albums({row["cluster_id"]: row["centre"] for row in tops}, rulings.hidden)
    albums = [_album(row, variants.get(row["cluster_id"], []), near[row["cluster_id"]], walls, rulings) for row in tops]
    albums.sort(key=lambda album: (-album.size, album.album_id))
    return Atlas(run_id, model, tuple(albums), rulings, walls.assigned, walls.outliers)


def _variant(row: Mapping[str, Any], walls: Walls) -> Variant:
    variant_id = row["cluster_id"]
    return Variant(
        variant_id=variant_id,
        name=row["name"],
        size=walls.sizes[variant_id],
        medoid=row["medoid"],
        wall=walls.wall(variant_id, VARIANT_WALL),
    )


def _album(
    row: Mapping[str, Any], variants: list[Variant], near: list[NearAlbum], walls: Walls, rulings: Rulings
) -> Album:
    album_id = row["cluster_id"]
    return Album(
        album_id=album_id,
        name=rulings.names.get(album_id) or row["name"],
        size=walls.sizes[album_id],
        medoid=row["medoid"],
        radius=row["radius"],
        wall=walls.wall(album_id, WALL),
        variants=sorted(variants, key=lambda variant: (-variant.size, variant.variant_id)),
        near=near,
        hidden=album_id in rulings.hidden,
    )
