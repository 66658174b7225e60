"""The lookout for stickers that were embedded after the published run: it places them at once."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
from atlas_common.errors import AtlasError, Conflict, InvalidInput
from atlas_common.logs import get_logger
from atlas_common.loops import first_of
from atlas_common.stopping import cancel
from atlas_common.traces import span, sticker

from atlas_clustering import metrics
from atlas_clustering.beside import Group, Separation, separate
from atlas_clustering.drift import Placements
from atlas_clustering.kmeans.blocks import Rows
from atlas_clustering.late import Atlas, Match, nearest_albums, place
from atlas_clustering.model import Assignment, Members
from atlas_clustering.ports import Archive, Shelf

BATCH = 512
COMPARED = 2_000
"""Stickers of an album that are compared with another one."""

log = get_logger(__name__)


class Lookout:
    """Keeps the published run at hand, and compares what is new with it."""

    def __init__(self, shelf: Shelf, archive: Archive) -> None:
        self._shelf = shelf
        self._archive = archive
        self._atlas: Atlas | None = None
        self._seen: tuple[str, int] | None = None

    def nearest(self, features: dict[str, Rows], limit: int) -> tuple[str, list[Match]]:
        """The published run, and its albums nearest to one picture.

        Raises `Conflict` while no run is published, `InvalidInput` for features that lack a layer of its recipe.
        """
        atlas = self._require()
        missing = [layer for layer in atlas.layers if layer not in features]
        if missing:
            raise InvalidInput(f"features lack {', '.join(missing)}", reason="layer_missing")
        joined = np.concatenate([features[layer] for layer in atlas.layers]).astype(np.float32)
        if joined.shape != atlas.transform.mean.shape:
            raise InvalidInput("features are of another model than the published run", reason="other_model")
        return atlas.run_id, nearest_albums(atlas, joined[None, :], limit)

    def separation(self, first: str, second: str, limit: int) -> tuple[str, Separation]:
        """The published run, and what separates two of its albums.

        Raises `Conflict` while no run is published, `NotFound` for an album that it lacks.
        """
        atlas = self._require()
        return atlas.run_id, separate(self._group(atlas, first), self._group(atlas, second), limit)

    def _group(self, atlas: Atlas, album_id: str) -> Group:
        """An album with its stickers, a sample of a large one."""
        album = atlas.album(album_id)
        ids = self._archive.typical(atlas.run_id, album_id, COMPARED)
        features = self._shelf.features(atlas.model, 0)
        parts = [features.select(ids[start : start + BATCH], atlas.layers) for start in range(0, len(ids) or 1, BATCH)]
        found = tuple(sticker for names, _ in parts for sticker in names)
        rows = atlas.transform(np.concatenate([rows for _, rows in parts]))
        return Group(album_id, Members(found, rows), album.centre)

    def catch_up(self) -> int:
        """Place every sticker that the published run has not placed yet; how many those were."""
        published = self._archive.published()
        if published is None:
            return 0
        atlas = self._published()
        features = self._shelf.features(published.spec.model, 0)
        if atlas is None or self._seen == (published.run_id, features.version):
            return 0
        placed = self._archive.albums(published.run_id)
        unusable = set(published.report.get("unusable", ()))
        late = [sticker for sticker in features.ids() if sticker not in placed and sticker not in unusable]
        for start in range(0, len(late), BATCH):
            found, rows = features.select(late[start : start + BATCH], atlas.layers)
            if found:
                self._add(published.run_id, list(place(atlas, found, rows)))
        self._seen = published.run_id, features.version
        return len(late)

    def _add(self, run_id: str, assignments: list[Assignment]) -> None:
        self._archive.add(run_id, [], iter([assignments]))
        metrics.placed(assignments)
        for assignment in assignments:
            with span("place_in_album", parent=sticker(assignment.sha256), album_id=assignment.album_id, run_id=run_id):
                pass  # marks the moment; the stickers were placed together

    def drift(self) -> tuple[str, Placements]:
        """The published run, and how its stickers and those that came late fit it. Raises `Conflict`."""
        run_id = self._require().run_id
        return run_id, self._archive.placements(run_id)

    async def look(self, stop: asyncio.Event, events: AsyncIterator[object], seconds: float) -> None:
        """Catch up at every event, and every so many seconds in case one was missed."""
        news = asyncio.Event()
        listening = asyncio.create_task(_listen(events, news))
        try:
            while not stop.is_set():
                await self._catch_up()
                await first_of(stop, news, seconds=seconds)
                news.clear()
        finally:
            await cancel(listening)

    async def _catch_up(self) -> None:
        try:
            if placed := await asyncio.to_thread(self.catch_up):
                log.info("late_stickers_placed", stickers=placed)
                await self._propose()
        except AtlasError as error:
            log.warning("late_stickers_wait", reason=error.reason, detail=str(error))

    async def _propose(self) -> None:
        run_id, placements = await asyncio.to_thread(self.drift)
        if placements.proposal:
            log.warning("new_run_proposed", run_id=run_id, because=placements.proposal)

    def _require(self) -> Atlas:
        atlas = self._published()
        if atlas is None:
            raise Conflict("no run is published yet", reason="no_published_run")
        return atlas

    def _published(self) -> Atlas | None:
        published = self._archive.published()
        if published is None:
            return None
        if self._atlas is None or self._atlas.run_id != published.run_id:
            transform, layout = self._archive.transform(published.run_id), self._archive.layout(published.run_id)
            self._atlas = Atlas.of(published, transform, layout, self._archive.clusters(published.run_id))
        return self._atlas


async def _listen(events: AsyncIterator[object], news: asyncio.Event) -> None:
    async for _ in events:
        news.set()
