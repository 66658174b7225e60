"""What people decided about albums, as far as it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Split:
    """Groups of an album's stickers that are kept apart; of a single group, apart from the rest of the album."""

    album: str
    groups: Sequence[frozenset[str]]


@dataclass(frozen=True, slots=True)
class Rulings:
    """Decisions that stand.

    names: by album. merges: albums that belong to another one. splits: albums that are divided.
    pins: the album that a sticker stays in. exclusions: albums that a sticker is kept out of.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    merges: Mapping[str, str] = field(default_factory=dict)
    splits: Sequence[Split] = ()
    pins: Mapping[str, str] = field(default_factory=dict)
    exclusions: Mapping[str, frozenset[str]] = field(default_factory=dict)
