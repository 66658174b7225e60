"""Reads another S3 bucket: the one that the settings name, with keys of its own."""

import asyncio
from collections.abc import AsyncIterator
from itertools import islice
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import S3Error

from atlas_crawler.model.exceptions import LinkFailed, too_large
from atlas_crawler.settings import OtherStoreSettings
from atlas_crawler.sources.objects import split

AT_ONCE = 1000
TIMEOUT = urllib3.Timeout(connect=5, read=60)


class OtherBuckets:
    """Every method raises `LinkFailed`."""

    def __init__(self, settings: OtherStoreSettings) -> None:
        endpoint = urlsplit(settings.s3_endpoint)
        self._client = endpoint.netloc and Minio(
            endpoint.netloc,
            access_key=settings.s3_access_key.get_secret_value() or None,
            secret_key=settings.s3_secret_key.get_secret_value() or None,
            region=settings.s3_region,
            secure=endpoint.scheme == "https",
            http_client=urllib3.PoolManager(timeout=TIMEOUT, retries=2),
        )

    async def keys(self, bucket: str, prefix: str) -> AsyncIterator[str]:
        try:
            entries = self._connected().list_objects(bucket, prefix=prefix, recursive=True)
            while some := await asyncio.to_thread(lambda: list(islice(entries, AT_ONCE))):
                for entry in some:
                    if not entry.is_dir:
                        yield str(entry.object_name)
        except (S3Error, urllib3.exceptions.HTTPError, ValueError) as error:
            raise LinkFailed("bucket_unreadable", str(error), retry=True) from None

    async def read(self, url: str, cap: int) -> bytes:
        bucket, key = split(url)

        def load() -> bytes:
            with self._connected().get_object(bucket, key) as answer:
                content: bytes = answer.read(cap + 1)
                return content

        try:
            content = await asyncio.to_thread(load)
        except (S3Error, urllib3.exceptions.HTTPError, ValueError) as error:
            raise LinkFailed("object_unreadable", str(error), retry=True) from None
        if len(content) > cap:
            raise too_large(cap)
        return content

    def _connected(self) -> Minio:
        if not self._client:
            raise LinkFailed("bucket_refused", "no other bucket may be read; see ATLAS_CRAWLER_S3_ENDPOINT")
        return self._client
