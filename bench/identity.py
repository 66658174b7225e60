"""What becomes of albums, and of what people decided, when a tenth more stickers come and a run is done again."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from tempfile import TemporaryDirectory

import numpy as np
from atlas_clustering.archive import LanceArchive
from atlas_clustering.decisions import LanceDecisions
from atlas_clustering.kmeans import Workers
from atlas_clustering.model import Run, RunSpec, RunState
from atlas_clustering.run import Parts, perform
from atlas_clustering.shelf import LanceShelf
from atlas_clustering.sightings import LanceSightings
from atlas_common.schemas import CURATION, features
from atlas_common.tables import Tables
from labelled import LabelledSet

MODEL = "measured"
MORE = 1.1
"""A set grows by a tenth at a time."""
DECIDED = 4
"""Albums that somebody decides about."""


class Atlas:
    """The service's own runs over tables in a folder."""

    def __init__(self, folder: str, stickers: LabelledSet, workers: Workers) -> None:
        self._tables = Tables(folder)
        self._stickers = stickers
        widths = {layer: rows.shape[1] for layer, rows in stickers.features.items()}
        self._features = self._tables.open(features(MODEL, widths))
        shelf, archive = LanceShelf(self._tables), LanceArchive(self._tables)
        self._parts = Parts(shelf, archive, LanceDecisions(self._tables), LanceSightings(self._tables), workers)

    def embed(self, which: np.ndarray) -> None:
        now = datetime.now(UTC)
        self._features.insert(
            [
                {"sha256": sha256(self._stickers.paths[i].encode()).hexdigest(), "frames": 1, "embedded_at": now}
                | {layer: rows[i] for layer, rows in self._stickers.features.items()}
                for i in which
            ]
        )

    def decide(self, kind: str, album: str, **arguments: object) -> None:
        now = datetime.now(UTC)
        row = {"decision_id": f"{kind} {now}", "kind": kind, "album_id": album, "arguments": json.dumps(arguments)}
        self._tables.open(CURATION).insert([row | {"decided_at": now}])

    def run(self, name: str, seed: int) -> dict[str, str]:
        """The album of every sticker, after a run with k: auto."""
        now = datetime.now(UTC)
        asked = Run(name, RunSpec(model=MODEL, seed=seed), RunState.RUNNING, started_at=now, changed_at=now)
        run = perform(asked, lambda _: None, parts=self._parts)
        self._parts.archive.record(replace(run, state=RunState.PUBLISHED, changed_at=datetime.now(UTC)))
        return dict(self._parts.archive.albums(name))


def same_again(stickers: LabelledSet, workers: Workers, seed: int) -> dict[str, float]:
    """`same_id`: the part of the stickers that stay in an album of the same id when a tenth more come.

    `curated`: the part of the stickers about which somebody decided then that are where they were put after another
    tenth; absent where there are too few albums to decide about.
    """
    order = np.random.default_rng(seed).permutation(len(stickers.paths))
    first, second, third = np.split(order, [round(len(order) / MORE**2), round(len(order) / MORE)])
    with TemporaryDirectory() as folder:
        atlas = Atlas(folder, stickers, workers)
        atlas.embed(first)
        before = atlas.run("first", seed)
        atlas.embed(second)
        after = atlas.run("second", seed)
        found = {"same_id": float(np.mean([after[sticker] == album for sticker, album in before.items()]))}
        if len({*after.values()}) < DECIDED:
            return found
        wanted = curate(atlas, after)
        atlas.run("curated", seed)
        atlas.embed(third)
        last = atlas.run("third", seed)
        return found | {
            "curated": float(np.mean([(last[sticker] == album) == inside for sticker, album, inside in wanted]))
        }


def curate(atlas: Atlas, albums: dict[str, str]) -> list[tuple[str, str, bool]]:
    """Join two albums, divide one, and move single stickers: which sticker shall be in which album, and which not."""
    members: dict[str, list[str]] = {}
    for sticker, album in sorted(albums.items()):
        members.setdefault(album, []).append(sticker)
    largest = sorted(members, key=lambda album: -len(members[album]))
    one, other, divided, source = largest[:DECIDED]
    moved, refused = members[source][:3], members[source][3:6]
    atlas.decide("merge", one, albums=[other])
    half = len(members[divided]) // 2
    atlas.decide("split", divided, groups=[members[divided][:half], members[divided][half:]])
    atlas.decide("pin", one, images=moved)
    atlas.decide("exclude", source, images=refused)
    return [
        *((sticker, one, True) for sticker in [*members[one], *members[other], *moved]),
        *((sticker, divided, number < half) for number, sticker in enumerate(members[divided])),
        *((sticker, source, False) for sticker in refused),
    ]
