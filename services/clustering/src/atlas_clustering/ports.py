"""What the use cases need from outside, as small as they need it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from atlas_clustering.drift import Placements
from atlas_clustering.kmeans.blocks import Block, Rows
from atlas_clustering.model import Assignment, Cluster, Run
from atlas_clustering.near_duplicates import Fingerprints
from atlas_clustering.recipes.layout import Layout
from atlas_clustering.recipes.transform import Transform
from atlas_clustering.rulings import Rulings


@dataclass(frozen=True, eq=False, slots=True)
class Stickers:
    """Ids, and their features in blocks in the same order. Stickers with values that are no numbers are left out.

    numbers (n,): of their rows among all that are stored.
    """

    ids: tuple[str, ...]
    numbers: NDArray[np.int64]
    blocks: Sequence[Block]
    unusable: tuple[str, ...]


class Features(Protocol):
    """One exact version of the features of one model."""

    @property
    def model(self) -> str: ...

    @property
    def version(self) -> int: ...

    @property
    def widths(self) -> Mapping[str, int]:
        """Columns of each layer."""
        ...

    def count(self) -> int:
        """How many stickers there are, usable or not."""
        ...

    def read(self, layers: Sequence[str]) -> Stickers:
        """Every sticker with its layers side by side."""
        ...

    def select(self, ids: Sequence[str], layers: Sequence[str]) -> tuple[list[str], Rows]:
        """Those of the stickers that are there and usable, and their layers side by side (n, D)."""
        ...

    def ids(self) -> Sequence[str]: ...

    def fingerprints(self, numbers: NDArray[np.int64]) -> Fingerprints:
        """How the stickers of rows look at a glance (n, 2, 32, 32), on white and on black; all zero if unknown."""
        ...

    def pinned(self, run_id: str) -> AbstractContextManager[None]:
        """Keep this version until the block ends, whatever is tidied meanwhile. Raises `NotFound` when it is gone."""
        ...


class Shelf(Protocol):
    """Where features are found."""

    def features(self, model: str, version: int) -> Features:
        """Raises `NotFound`. Empty model: the one that embedded last; version 0: the newest."""
        ...

    def complete(self) -> str:
        """Of the models that have embedded every sticker, the one that began last; empty when there is none."""
        ...


class Archive(Protocol):
    """Runs and what they found. Adding the same rows again leaves them once."""

    def record(self, run: Run) -> None: ...

    def run(self, run_id: str) -> Run:
        """Raises `NotFound`."""
        ...

    def runs(self) -> list[Run]:
        """Every run as it stands, the newest first."""
        ...

    def published(self) -> Run | None:
        """The run that was published last."""
        ...

    def add(self, run_id: str, clusters: Sequence[Cluster], assignments: Iterator[Sequence[Assignment]]) -> None: ...

    def clusters(self, run_id: str) -> list[Cluster]: ...

    def albums(self, run_id: str, *, late: bool = True) -> Mapping[str, str]:
        """The album of each sticker that the run has placed; those that came later, too, unless told otherwise."""
        ...

    def places(self, run_id: str) -> Mapping[str, tuple[float, float]]:
        """Where the run's own stickers lie on its map; empty where it has none."""
        ...

    def typical(self, run_id: str, album_id: str, limit: int) -> Sequence[str]:
        """Stickers of an album without outliers and near duplicates; an even sample where there are more."""
        ...

    def placements(self, run_id: str) -> Placements: ...

    def keep_transform(self, run_id: str, transform: Transform, layout: Layout) -> None: ...

    def transform(self, run_id: str) -> Transform: ...

    def layout(self, run_id: str) -> Layout:
        """The map of the run; an empty one of a run from before maps were laid out."""
        ...


class Sightings(Protocol):
    """What stickers were seen with."""

    def seen(self) -> Iterator[tuple[str, str]]:
        """Stickers and texts; a sticker that was seen more than once comes more than once."""
        ...


class Decisions(Protocol):
    """What people decided."""

    def rulings(self) -> Rulings: ...
