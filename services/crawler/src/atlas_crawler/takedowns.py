"""Takedowns: what people have had removed is removed here, and never fetched or kept again."""

import asyncio
from dataclasses import dataclass, field

from atlas_common.addresses import Places
from atlas_common.logs import get_logger
from atlas_common.schemas import IMAGES, TAKEDOWNS
from atlas_common.store import ObjectStore, image_key
from atlas_common.tables import Tables, one_of

from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.links import Task

AT_ONCE = 1000

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken down."""

    images: frozenset[str] = frozenset()
    places: Places = field(default_factory=Places)


class LanceTakedowns:
    """The table `takedowns`, which the gateway writes, as it was when last looked at."""

    def __init__(self, tables: Tables, store: ObjectStore) -> None:
        self._table = tables.open(TAKEDOWNS)
        self._images = tables.open(IMAGES)
        self._store = store
        self._version = 0
        self._cleared = (0, 0)
        self._taken = Taken()

    def check_link(self, task: Task) -> None:
        """Raises `LinkFailed` for a link that was taken down, or that lies on or leads to a page or site that was."""
        if any(map(self._taken.places.cover, (task.link.url, task.link.page_url, task.at))):
            raise LinkFailed("taken_down", "this was taken down")

    def check_image(self, sha256: str) -> None:
        """Raises `LinkFailed` for an image that was taken down, wherever it is found."""
        if sha256 in self._taken.images:
            raise LinkFailed("taken_down", "this picture was taken down")

    async def follow(self) -> None:
        """Learn of new takedowns, and remove what they name: the bytes first, the row after.

        New images are looked through, too: one may have been on its way while it was taken down.
        """
        takedowns, images = await asyncio.to_thread(lambda: (self._table.version(), self._images.version()))
        if takedowns != self._version:
            self._taken, self._version = await asyncio.to_thread(self._read, takedowns), takedowns
        if (takedowns, images) != self._cleared:
            await self._remove(sorted(self._taken.images))
            self._cleared = takedowns, images

    def _read(self, version: int) -> Taken:
        rows = self._table.read(["kind", "value"], version=version).to_pylist()
        images, urls, sites = (
            [row["value"] for row in rows if row["kind"] == kind] for kind in ("image", "url", "site")
        )
        return Taken(frozenset(images), Places.named(urls, sites))

    async def _remove(self, images: list[str]) -> None:
        for start in range(0, len(images), AT_ONCE):
            wanted = one_of("sha256", images[start : start + AT_ONCE])
            left = (await asyncio.to_thread(self._images.read, ["sha256"], wanted))["sha256"].to_pylist()
            for sha256 in left:
                await self._store.remove(image_key(sha256))
            if left:
                await asyncio.to_thread(self._images.delete, one_of("sha256", left))
                log.info("images_taken_down", images=len(left))
