"""Takedowns: what people have had removed is removed here, and never fetched or kept again."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from atlas_common.logs import get_logger
from atlas_common.schemas import IMAGES, TAKEDOWNS
from atlas_common.store import ObjectStore, image_key
from atlas_common.tables import Tables, one_of

from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.links import Link

AT_ONCE = 1000

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken down; a site covers its subdomains."""

    images: frozenset[str] = frozenset()
    urls: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()

    def covers(self, url: str) -> bool:
        return url in self.urls or (bool(self.sites) and self._covers_site(urlsplit(url).hostname or ""))

    def _covers_site(self, host: str) -> bool:
        parents = {host.split(".", count)[-1] for count in range(host.count(".") + 1)}
        return not self.sites.isdisjoint(parents)


class LanceTakedowns:
    """The table `takedowns`, which the gateway writes, as it was when last looked at."""

    def __init__(self, tables: Tables, store: ObjectStore) -> None:
        self._table = tables.open(TAKEDOWNS)
        self._images = tables.open(IMAGES)
        self._store = store
        self._version = 0
        self._taken = Taken()

    def check_link(self, link: Link) -> None:
        """Raises `LinkFailed` for a link that was taken down, or that lies on a page or site that was."""
        if self._taken.covers(link.url) or self._taken.covers(link.page_url):
            raise LinkFailed("taken_down", "this was taken down")

    def check_image(self, sha256: str) -> None:
        """Raises `LinkFailed` for an image that was taken down, wherever it is found."""
        if sha256 in self._taken.images:
            raise LinkFailed("taken_down", "this picture was taken down")

    async def follow(self) -> None:
        """Learn of new takedowns, and remove what they name: the bytes first, the row after."""
        version = await asyncio.to_thread(self._table.version)
        if version == self._version:
            return
        rows = (await asyncio.to_thread(self._table.read, ["kind", "value"], None, version)).to_pylist()
        by_kind = {
            kind: frozenset(row["value"] for row in rows if row["kind"] == kind) for kind in ("image", "url", "site")
        }
        self._taken = Taken(by_kind["image"], by_kind["url"], frozenset(site.lower() for site in by_kind["site"]))
        await self._remove(sorted(self._taken.images))
        self._version = version

    async def _remove(self, images: list[str]) -> None:
        for start in range(0, len(images), AT_ONCE):
            wanted = one_of("sha256", images[start : start + AT_ONCE])
            left = (await asyncio.to_thread(self._images.read, ["sha256"], wanted))["sha256"].to_pylist()
            for sha256 in left:
                await self._store.remove(image_key(sha256))
            if left:
                await asyncio.to_thread(self._images.delete, one_of("sha256", left))
                log.info("images_taken_down", images=len(left))
