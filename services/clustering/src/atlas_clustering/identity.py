"""Albums keep their id and name from one run to the next."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from atlas_clustering.model import Cluster

SHARED = 0.25
"""An album is the same as one before when they share this part of the members of either."""
CONSIDERABLE = 0.2
"""The least part of an album that counts as a piece of it."""


@dataclass(frozen=True, slots=True)
class Before:
    """The run before: the album of each sticker, and the name of each album that has one."""

    albums: Mapping[str, str]
    names: Mapping[str, str]


def same_albums(members: Sequence[Sequence[str]], before: Before) -> dict[int, str]:
    """For the new albums that continue an old one, its id: the pairing that shares the most stickers overall.

    H. W. Kuhn, "The Hungarian method for the assignment problem", 1955.
    """
    old = sorted(set(before.albums.values()))
    if not old:
        return {}
    shared = _shared(members, before, old)
    sizes = Counter(before.albums.values())
    pairs = zip(*linear_sum_assignment(shared, maximize=True), strict=True)
    return {
        int(new): old[album]
        for new, album in pairs
        if shared[new, album] and shared[new, album] >= SHARED * min(len(members[new]), sizes[old[album]])
    }


def renumbered(clusters: Sequence[Cluster], kept: Mapping[int, str]) -> list[Cluster]:
    """The clusters, albums first, with the ids of old albums where they continue them."""
    taken = set(kept.values())
    ids: dict[str, str] = {}
    for number, album in enumerate(cluster for cluster in clusters if cluster.parent_id is None):
        ids[album.cluster_id] = kept[number] if number in kept else _free(album.cluster_id, taken)
        taken.add(ids[album.cluster_id])
    return [
        replace(cluster, cluster_id=ids[cluster.cluster_id])
        if cluster.parent_id is None
        else replace(cluster, parent_id=ids[cluster.parent_id])
        for cluster in clusters
    ]


def changes(members: Mapping[str, Sequence[str]], before: Before) -> dict[str, dict[str, list[str]]]:
    """`splits`: the new albums of each old one that lies in several; `merges`: the old ones of each new one."""
    sizes = Counter(before.albums.values())
    splits: dict[str, list[str]] = {}
    merges: dict[str, list[str]] = {}
    for new, stickers in members.items():
        pieces = Counter(before.albums[sticker] for sticker in stickers if sticker in before.albums)
        for old, count in pieces.items():
            if count >= CONSIDERABLE * sizes[old]:
                splits.setdefault(old, []).append(new)
                merges.setdefault(new, []).append(old)
    several = {"splits": splits, "merges": merges}
    return {kind: {one: sorted(of) for one, of in found.items() if len(of) > 1} for kind, found in several.items()}


def _shared(members: Sequence[Sequence[str]], before: Before, old: Sequence[str]) -> np.ndarray:
    column = {album: number for number, album in enumerate(old)}
    shared = np.zeros((len(members), len(old)), np.int64)
    for new, stickers in enumerate(members):
        for sticker in stickers:
            if sticker in before.albums:
                shared[new, column[before.albums[sticker]]] += 1
    return shared


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
