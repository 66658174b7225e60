"""Take what was found on a page: accept its links, and keep the images that come inside it."""

import asyncio
from collections.abc import Sequence

from atlas_crawler.accept_links import AcceptLinks
from atlas_crawler.keep_image import KeepImage
from atlas_crawler.model.crawls import Crawl
from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.links import Task
from atlas_crawler.model.outcomes import Failed, Outcome
from atlas_crawler.settle import Settle
from atlas_crawler.sources.source import Found, Part

PARTS_AT_ONCE = 16


class TakeFound:
    def __init__(self, accept: AcceptLinks, keep: KeepImage, settle: Settle) -> None:
        self._accept = accept
        self._keep = keep
        self._settle = settle

    async def __call__(self, crawl: Crawl, found: Sequence[Found]) -> None:
        accepted = await self._accept(crawl, [item.link if isinstance(item, Part) else item for item in found])
        parts = [item for item in found if isinstance(item, Part) and item.link.url not in accepted.refused]
        for start in range(0, len(parts), PARTS_AT_ONCE):
            keeping = [self._keep_part(crawl, part) for part in parts[start : start + PARTS_AT_ONCE]]
            await self._settle.record(await asyncio.gather(*keeping))

    async def _keep_part(self, crawl: Crawl, part: Part) -> Outcome:
        if isinstance(part.content, LinkFailed):
            return Failed(crawl.crawl_id, part.link, 1, part.content.reason, str(part.content))
        return await self._keep(crawl.crawl_id, Task.first(part.link), part.content)
