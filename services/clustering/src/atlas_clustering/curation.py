"""What people decided about albums, held in every later run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from atlas_clustering.identity import Before
from atlas_clustering.kmeans.blocks import Labels, Rows
from atlas_clustering.kmeans.nearest import squared_distances
from atlas_clustering.model import Members
from atlas_clustering.rulings import Rulings, Split


@dataclass(frozen=True, eq=False, slots=True)
class Named:
    """Albums by number (n,), and the ids of those that continue an old album."""

    labels: Labels
    ids: Mapping[int, str]

    def number(self, album_id: str) -> int:
        """The number of an album; a new one for an id that no album has yet."""
        known = [number for number, known_id in self.ids.items() if known_id == album_id]
        return known[0] if known else self.free()

    def free(self) -> int:
        """A number that no album has."""
        return max(int(self.labels.max()), *self.ids, -1) + 1


def ruled(found: Named, members: Members, before: Before, rulings: Rulings) -> Named:
    """The albums as people want them: joined and divided first, then single stickers put in and out.

    Joined and divided albums keep all stickers that they had; what is new to them is for the features to say.
    """
    for step in (_merged, _split, _pinned, _excluded):
        found = step(found, members, before, rulings)
    return _renumbered(found)


def _merged(found: Named, members: Members, before: Before, rulings: Rulings) -> Named:
    """What continues a merged album, or holds mostly stickers of one, goes where it went, and so does each sticker."""
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
    for row, sticker in enumerate(members.ids):
        if before.albums.get(sticker) in joined:
            target = _end(before.albums[sticker], rulings.merges)
            labels[row] = Named(labels, ids).number(target)
            ids[int(labels[row])] = target
    return Named(labels, ids)


def _usual_album(rows: np.ndarray, members: Members, before: Before) -> str | None:
    """The album of the run before that holds more than half of these stickers."""
    counts = Counter(before.albums.get(members.ids[row]) for row in rows)
    album, count = counts.most_common(1)[0] if counts else (None, 0)
    return album if 2 * count > len(rows) else None


def _end(album: str, merges: Mapping[str, str]) -> str:
    while album in merges:
        album = merges[album]
    return album


def _split(found: Named, members: Members, before: Before, rulings: Rulings) -> Named:
    """Each group is in an album of its own, under its id of before; what was with several goes with the nearest."""
    labels, ids = found.labels.copy(), dict(found.ids)
    row_of = {sticker: row for row, sticker in enumerate(members.ids)}
    for split in rulings.splits:
        undivided, homes = labels.copy(), list[int]()
        groups = [
            [row_of[sticker] for sticker in sorted(group) if sticker in row_of] for group in _groups(split, before)
        ]
        groups = [rows for rows in groups if rows]
        for rows in groups:
            album = _usual_album(np.array(rows), members, before)
            known = album is not None and album not in {ids.get(home) for home in homes}
            homes.append(Named(labels, ids).number(str(album)) if known else Named(labels, ids).free())
            ids |= {homes[-1]: str(album)} if known else {}
            labels[rows] = homes[-1]
        for number in {*undivided[[row for rows in groups for row in rows]].tolist()}:
            if number in homes or number not in ids:
                _divide(labels, undivided == number, groups, homes, members.rows)
    return Named(labels, ids)


def _groups(split: Split, before: Before) -> list[frozenset[str]]:
    if len(split.groups) > 1:
        return [*split.groups]
    rest = {sticker for sticker, album in before.albums.items() if album == split.album}
    return [frozenset(rest.difference(*split.groups)), *split.groups]


def _divide(
    labels: Labels, album: np.ndarray, groups: Sequence[Sequence[int]], homes: Sequence[int], rows: Rows
) -> None:
    """Send what is in the album (n,) beside stickers of several groups to the homes of the groups nearest to it."""
    inside = [[row for row in group if album[row]] for group in groups]
    near = [group for group in inside if group]
    others = np.setdiff1d(np.flatnonzero(album), [row for group in near for row in group])
    if len(near) > 1 and len(others):
        centres = np.array([rows[group].mean(axis=0) for group in near], np.float32)
        nearest = squared_distances(rows[others], centres).argmin(axis=1)
        labels[others] = np.array([home for home, group in zip(homes, inside, strict=True) if group], np.int32)[nearest]


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
