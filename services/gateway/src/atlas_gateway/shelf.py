"""Keeps the atlas that is served up to date: on every event about a run or a decision, and by looking now and then."""

import asyncio
from typing import Protocol

from atlas_common.errors import NotFound, Unavailable
from atlas_common.logs import get_logger
from atlas_common.loops import first_of

from atlas_gateway.atlas import Atlas, Rulings
from atlas_gateway.model.albums import Album

log = get_logger(__name__)


class Source(Protocol):
    """Where the atlas comes from. Both methods block."""

    def versions(self) -> tuple[int, ...]: ...

    def read(self) -> tuple[Rulings, Atlas | None]: ...


class Shelf:
    """Holds the current atlas. Readers take it once a request, so that a swap never shows them two runs."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._versions: tuple[int, ...] = ()
        self._refreshing = asyncio.Lock()
        self.rulings = Rulings()
        self.current: Atlas | None = None

    async def refresh(self) -> None:
        """Read the atlas anew if its tables have changed. Raises `Unavailable`."""
        async with self._refreshing:
            versions = await asyncio.to_thread(self._source.versions)
            if versions == self._versions:
                return
            rulings, atlas = await asyncio.to_thread(self._source.read)
            if atlas and (self.current is None or self.current.run_id != atlas.run_id):
                log.info("run_served", run_id=atlas.run_id, albums=len(atlas.albums), stickers=atlas.assigned)
            self.rulings, self.current, self._versions = rulings, atlas, versions

    @property
    def run_id(self) -> str | None:
        return self.current.run_id if self.current else None

    def require(self) -> Atlas:
        """The atlas. Raises `NotFound` while no run is published."""
        if self.current is None:
            raise NotFound("no run is published yet: start one with POST /v1/runs", reason="no_published_run")
        return self.current

    def album(self, album_id: str) -> tuple[Atlas, Album]:
        """An album, and the atlas that it is in. Raises `NotFound`."""
        atlas = self.require()
        album = atlas.album(album_id)
        if album is None:
            raise NotFound(f"run {atlas.run_id} has no album {album_id}", reason="no_such_album")
        return atlas, album

    async def keep_fresh(self, stop: asyncio.Event, hints: asyncio.Event, every: float) -> None:
        """Refresh whenever `hints` is set, and every so many seconds, until `stop` is set."""
        while not stop.is_set():
            try:
                await self.refresh()
            except Unavailable as error:
                log.warning("refresh_failed", error=str(error))
            await first_of(stop, hints, seconds=every)
            hints.clear()
