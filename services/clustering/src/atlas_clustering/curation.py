"""What people decided about albums, held in every later run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from atlas_clustering.identity import Before
from atlas_clustering.kmeans.blocks import Labels, Rows
from atlas_clustering.kmeans.nearest import squared_distances
from atlas_clustering.model import Members


@dataclass(frozen=True, slots=True)
class Rulings:
    """Decisions that stand.

    names: by album. merges: albums that belong to another one. splits: groups of stickers that are kept apart.
    pins: the album that a sticker stays in. exclusions: albums that a sticker is kept out of.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    merges: Mapping[str, str] = field(default_factory=dict)
    splits: Sequence[Sequence[frozenset[str]]] = ()
    pins: Mapping[str, str] = field(default_factory=dict)
    exclusions: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class Named:
    """Albums by number (n,), and the ids of those that continue an old album."""

    labels: Labels
    ids: Mapping[int, str]

    def number(self, album_id: str) -> int:
        """The number of an album; a new one for an id that no album has yet."""
        known = [number for number, known_id in self.ids.items() if known_id == album_id]
        return known[0] if known else max(int(self.labels.max()), *self.ids, -1) + 1


def ruled(found: Named, members: Members, before: Before, rulings: Rulings) -> Named:
    """The albums as people want them: joined and divided first, then single stickers put in and out."""
    for step in (_merged, _split, _pinned, _excluded):
        found = step(found, members, before, rulings)
    return _renumbered(found)


def _merged(found: Named, members: Members, before: Before, rulings: Rulings) -> Named:
    """Albums that continue a merged one, or hold mostly stickers of one, go where it went."""
    labels, ids = found.labels.copy(), dict(found.ids)
    joined = {*rulings.merges, *rulings.merges.values()}
    for number in range(int(found.labels.max()) + 1):
        album = ids.get(number) or _usual_album(np.flatnonzero(found.labels == number), members, before)
        if album not in joined:
            continue
        target = _end(album, rulings.merges)
        home = Named(labels, ids).number(target)
        labels[labels == number] = home
        ids[home] = target
        if home != number:
            ids.pop(number, None)
    return Named(labels, ids)


def _usual_album(rows: np.ndarray, members: Members, before: Before) -> str | None:
    """The album of the run before that holds more than half of these stickers."""
    counts = Counter(before.albums.get(members.ids[row]) for row in rows)
    album, count = counts.most_common(1)[0] if counts else (None, 0)
    return album if 2 * count > len(rows) else None


def _end(album: str, merges: Mapping[str, str]) -> str:
    seen = {album}
    while album in merges and merges[album] not in seen:
        album = merges[album]
        seen.add(album)
    return album


def _split(found: Named, members: Members, _: Before, rulings: Rulings) -> Named:
    """An album that holds stickers of several groups is divided: every sticker goes with the group nearest to it."""
    labels = found.labels.copy()
    row_of = {sticker: row for row, sticker in enumerate(members.ids)}
    for groups in rulings.splits:
        anchors = [[row_of[sticker] for sticker in sorted(group) if sticker in row_of] for group in groups]
        for number in sorted({int(labels[row]) for rows in anchors for row in rows}):
            inside = [[row for row in rows if labels[row] == number] for rows in anchors]
            inside = [rows for rows in inside if rows]
            if len(inside) > 1:
                _divide(labels, number, inside, members.rows)
    return replace(found, labels=labels)


def _divide(labels: Labels, number: int, anchors: Sequence[Sequence[int]], rows: Rows) -> None:
    """Keep the part of the first group under `number`; the other parts get new numbers."""
    album = np.flatnonzero(labels == number)
    centres = np.array([rows[list(group)].mean(axis=0) for group in anchors], np.float32)
    part = squared_distances(rows[album], centres).argmin(axis=1)
    numbers = np.array([number, *range(int(labels.max()) + 1, int(labels.max()) + len(anchors))], np.int32)
    labels[album] = numbers[part]
    for group, group_number in zip(anchors, numbers, strict=True):
        labels[list(group)] = group_number


def _pinned(found: Named, members: Members, _: Before, rulings: Rulings) -> Named:
    labels, ids = found.labels.copy(), dict(found.ids)
    for row, sticker in enumerate(members.ids):
        if sticker in rulings.pins:
            album = _end(rulings.pins[sticker], rulings.merges)
            number = Named(labels, ids).number(album)
            ids[number] = album
            labels[row] = number
    return Named(labels, ids)


def _excluded(found: Named, members: Members, _: Before, rulings: Rulings) -> Named:
    """A sticker that may not be in its album goes to the nearest one where it may."""
    labels = found.labels.copy()
    numbers = np.unique(labels)
    centres = np.array([members.rows[labels == number].mean(axis=0) for number in numbers], np.float32)
    for row, sticker in enumerate(members.ids):
        forbidden = rulings.exclusions.get(sticker, frozenset())
        if found.ids.get(int(labels[row])) in forbidden:
            order = numbers[squared_distances(members.rows[row : row + 1], centres)[0].argsort()]
            allowed = [number for number in order if found.ids.get(int(number)) not in forbidden]
            labels[row] = allowed[0] if allowed else labels[row]
    return replace(found, labels=labels)


def _renumbered(found: Named) -> Named:
    """Without numbers that no sticker has."""
    numbers, labels = np.unique(found.labels, return_inverse=True)
    ids = {new: found.ids[int(old)] for new, old in enumerate(numbers) if int(old) in found.ids}
    return Named(labels.astype(np.int32), ids)
