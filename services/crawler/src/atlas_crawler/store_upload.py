"""Store a picture that a person hands over."""

from dataclasses import dataclass, replace

from atlas_common.errors import InvalidInput

from atlas_crawler.keep_image import KeepImage
from atlas_crawler.model.links import Link, LinkKind, Task
from atlas_crawler.model.outcomes import Failed
from atlas_crawler.ports import Ledger, Results

UPLOADS = "upload"  # stands in the place of a crawl's id


@dataclass(frozen=True, slots=True)
class StoredUpload:
    sha256: str
    duplicate: bool


class StoreUpload:
    def __init__(self, keep: KeepImage, results: Results, ledger: Ledger, largest: int) -> None:
        self._keep = keep
        self._results = results
        self._ledger = ledger
        self._largest = largest

    async def __call__(self, content: bytes, name: str) -> StoredUpload:
        """Keep the picture. Raises `InvalidInput` with the reason why it can't be kept."""
        if len(content) > self._largest:
            raise InvalidInput(f"more than {self._largest} bytes", reason="too_large")
        link = Link("upload:", LinkKind.IMAGE, title=name)
        kept = await self._keep(UPLOADS, Task.first(link), content)
        if isinstance(kept, Failed):
            raise InvalidInput(kept.detail, reason=kept.reason)
        duplicate = await self._ledger.has_image(kept.sha256)
        await self._results.write([replace(kept, link=replace(link, url=f"upload:{kept.sha256}"))])
        return StoredUpload(kept.sha256, duplicate)
