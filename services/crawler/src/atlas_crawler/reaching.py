"""Reaches what links point to: over the web, in a folder that may be read, in another bucket."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from atlas_common.held import Room
from multidict import CIMultiDict, CIMultiDictProxy

from atlas_crawler.files import Folders
from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.links import NO_VALIDATORS, Task, Validators
from atlas_crawler.other_buckets import OtherBuckets
from atlas_crawler.settings import FetchSettings
from atlas_crawler.sources.source import Page
from atlas_crawler.web.client import Answer
from atlas_crawler.web.courteous import CourteousClient

INSIDE = ("file:", "s3:")


class ImageReach:
    """Everything raises `LinkFailed`, `Moved` for what is at another host, and `NotYet` for a host that wants rest."""

    def __init__(self, web: CourteousClient, folders: Folders, buckets: OtherBuckets, largest: int) -> None:
        self._web = web
        self._folders = folders
        self._buckets = buckets
        self._largest = largest

    async def image(self, task: Task, room: Room) -> tuple[bytes, Validators]:
        """The bytes of an image, for which `room` is asked first, and what its server gave to ask for it again.

        Raises `NotModified` for one that is known already.
        """
        if task.at.startswith(INSIDE) and task.link.page_url.startswith("http"):
            raise LinkFailed("scheme_refused", "a list from the web names something that is not on the web")
        if task.at.startswith("file:"):
            await room(self._largest)
            return await self._folders.read(task.at, self._largest), NO_VALIDATORS
        if task.at.startswith("s3:"):
            await room(self._largest)
            return await self._buckets.read(task.at, self._largest), NO_VALIDATORS
        answer = await self._web.get(task, self._largest, room)
        return answer.body, answer.validators


class PageReach:
    """Raises as `ImageReach` does.

    disk: how many downloads may lie there at once. room: asked for what is to be held in memory, before it is read.
    """

    def __init__(
        self, web: CourteousClient, folders: Folders, settings: FetchSettings, disk: asyncio.Semaphore, room: Room
    ) -> None:
        self._web = web
        self._folders = folders
        self._settings = settings
        self._disk = disk
        self.room = room

    @property
    def largest_image(self) -> int:
        return self._settings.image_bytes

    async def get(self, page: Page, headers: Mapping[str, str] | None = None) -> Answer:
        largest = self._settings.page_bytes
        if page.task.at.startswith("file:"):
            await self.room(largest)
            body = await self._folders.read(page.task.at, largest)
            return Answer(page.task.at, CIMultiDictProxy(CIMultiDict()), body)
        return await self._web.get(page.task, largest, self.room, headers)

    @asynccontextmanager
    async def open(self, page: Page) -> AsyncIterator[Path]:
        if page.task.at.startswith("file:"):
            yield self._folders.permitted(page.task.at)
            return
        async with self._disk:
            # It has no name: nothing is left of it if this process is killed.
            with tempfile.TemporaryFile() as file:
                most, seconds = self._settings.download_bytes, self._settings.download_seconds
                async with self._web.stream(page.task, most, seconds) as chunks:
                    async for chunk in chunks:
                        file.write(chunk)
                file.flush()
                yield Path(f"/proc/self/fd/{file.fileno()}")
