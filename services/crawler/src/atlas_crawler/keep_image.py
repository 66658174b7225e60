"""Keep an image: check its bytes, name them by their SHA-256, put them into the bucket unchanged."""

import hashlib

from atlas_common.store import image_key
from atlas_common.traces import span, sticker, under_way

from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.links import NO_VALIDATORS, Task, Validators
from atlas_crawler.model.outcomes import Failed, Stored
from atlas_crawler.ports import Inspector, Objects, Takedowns


class KeepImage:
    def __init__(self, inspector: Inspector, objects: Objects, takedowns: Takedowns) -> None:
        self._takedowns = takedowns
        self._inspector = inspector
        self._objects = objects

    async def __call__(
        self, crawl_id: str, task: Task, content: bytes, validators: Validators = NO_VALIDATORS
    ) -> Stored | Failed:
        """The image stored, or the reason why it is not. Raises `Unavailable` when the store is down."""
        sha256 = hashlib.sha256(content).hexdigest()
        try:
            self._takedowns.check_image(sha256)
            picture = await self._inspector.inspect(content)
        except LinkFailed as failure:
            return Failed(crawl_id, task.link, task.attempt, failure.reason, str(failure))
        with span("store_image", parent=sticker(sha256), links=[under_way()], url=task.link.url, sha256=sha256):
            await self._objects.put(image_key(sha256), content)
        return Stored(crawl_id, task.link, sha256, len(content), picture, validators)
