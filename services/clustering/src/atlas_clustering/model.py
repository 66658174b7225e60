"""What the service knows: runs, and what a run finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atlas_clustering.kmeans.blocks import Labels, Rows


class RunState(StrEnum):
    RUNNING = "running"
    PUBLISHED = "published"
    FAILED = "failed"
    CANCELLED = "cancelled"


AFRESH = "none"
"""What `continues` says for albums that owe nothing to those of before."""


@dataclass(frozen=True, slots=True)
class RunSpec:
    """What to group, and how. A spec that leaves nothing open gives the same albums whenever it is asked for.

    model: whose features; empty: the newest model that has every sticker, else that of the run published last, else the
    one that embedded last. features_version: 0 is the newest. recipe: empty is the default. k: number of albums; 0 has
    it chosen by a measured criterion. continues: the run whose albums stay where others are not clearly better, or
    `AFRESH`; empty: over the newest features the run published last if it was asked the same, else `AFRESH`.
    """

    model: str = ""
    features_version: int = 0
    recipe: str = ""
    k: int = 0
    seed: int = 0
    continues: str = ""

    @property
    def run_before(self) -> str:
        """The run whose albums go on; empty where none does."""
        return "" if self.continues == AFRESH else self.continues


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands at `changed_at`. Progress counts within the stage, from 0 to 1."""

    run_id: str
    spec: RunSpec
    state: RunState
    started_at: datetime
    changed_at: datetime
    stage: str = "queued"
    progress: float = 0.0
    stickers: int = 0
    outliers: int = 0
    albums: int = 0
    scores: Mapping[str, float] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)
    detail: str = ""

    @property
    def ended(self) -> bool:
        return self.state is not RunState.RUNNING


@dataclass(frozen=True, slots=True)
class Cluster:
    """An album, or with `parent_id` a variant inside one. The centre is in the space of the run's transform.

    medoid: the sticker nearest to the centre. radius: the distance beyond which a sticker is an outlier here.
    """

    cluster_id: str
    parent_id: str | None
    name: str | None
    size: int
    medoid: str
    inertia: float
    radius: float
    centre: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where a sticker belongs, how surely, and its place on the map.

    distance: to the nearest centre of its album. margin: how much farther the nearest centre of another album is,
    if there is another.
    strength: from 0 (as near to another album) to 1. copy_of: a more typical near duplicate that stands for it.
    x, y: nothing where the run has no map.
    """

    sha256: str
    album_id: str
    variant_id: str
    distance: float
    margin: float | None
    strength: float
    outlier: bool
    late: bool
    x: float | None
    y: float | None
    copy_of: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Members:
    """Stickers in an order of their own: ids, and their rows in the space of the run (n, d)."""

    ids: tuple[str, ...]
    rows: Rows

    def __len__(self) -> int:
        return len(self.ids)

    def by_label(self, labels: Labels) -> list[list[str]]:
        """The stickers under each label."""
        groups: list[list[str]] = [[] for _ in range(int(labels.max()) + 1)]
        for sticker, label in zip(self.ids, labels, strict=True):
            groups[label].append(sticker)
        return groups

    def places(self, places: Mapping[str, tuple[float, float]]) -> Rows:
        """Each sticker's place on a map (n, 2); NaN where it has none."""
        return np.array([places.get(sticker, (np.nan, np.nan)) for sticker in self.ids], np.float32).reshape(-1, 2)

    def labels(self, albums: Mapping[str, str]) -> Labels:
        """The number of each sticker's album (n,), in the order of album ids; -1 where it has none."""
        number = {album: number for number, album in enumerate(sorted(set(albums.values())))}
        return np.array([number.get(albums.get(sticker, ""), -1) for sticker in self.ids], np.int32)


@dataclass(frozen=True, eq=False, slots=True)
class Partition:
    """Albums by number, and the variants inside them: `album_of[variants[i]] == albums[i]` for every sticker i."""

    albums: Labels
    variants: Labels
    album_of: Labels

    @property
    def k(self) -> int:
        return int(self.album_of.max()) + 1
