"""Another S3 bucket: every object under a prefix is taken for an image."""

from collections.abc import AsyncIterator, Iterable
from typing import Protocol

from atlas_common.errors import InvalidInput

from atlas_crawler.model.crawls import Origin
from atlas_crawler.model.links import Link, LinkKind
from atlas_crawler.sources.source import NO_OPTIONS, Found, Page, Reader


class Lister(Protocol):
    def keys(self, bucket: str, prefix: str) -> AsyncIterator[str]: ...


class Objects:
    """Location: s3://bucket/prefix, on the endpoint and with the keys that the settings name."""

    options = NO_OPTIONS

    def __init__(self, lister: Lister) -> None:
        self._lister = lister

    def start(self, origin: Origin) -> Iterable[Link]:
        bucket, _ = split(origin.location)
        if not bucket:
            raise InvalidInput(f"{origin.location!r} is not like s3://bucket/prefix", reason="bad_location")
        return [Link(origin.location, LinkKind.PAGE)]

    async def read(self, page: Page, _: Reader) -> AsyncIterator[Found]:
        bucket, prefix = split(page.link.url)
        async for key in self._lister.keys(bucket, prefix):
            yield Link(f"s3://{bucket}/{key}", LinkKind.IMAGE, page.link.url, key, depth=1)


def split(url: str) -> tuple[str, str]:
    """Bucket and key (or prefix) of an s3: address."""
    bucket, _, key = url.removeprefix("s3://").partition("/") if url.startswith("s3://") else ("", "", "")
    return bucket, key
