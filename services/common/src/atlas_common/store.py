"""Objects in the bucket: bytes named by what they are, on any S3 endpoint."""

import asyncio
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import S3Error
from prometheus_client import Counter

from atlas_common.errors import NotFound, Unavailable
from atlas_common.settings import StoreSettings

Result = TypeVar("Result")

ERRORS = Counter("atlas_store_errors_total", "Requests that the store failed, its retries included", ["code"])

TIMEOUT = urllib3.Timeout(connect=5, read=60)
RETRIES = urllib3.Retry(total=5, backoff_factor=0.2, backoff_jitter=0.2, status_forcelist=(500, 502, 503, 504))


def image_key(sha256: str) -> str:
    return f"images/{sha256}"


def thumbnail_key(sha256: str) -> str:
    return f"thumbs/{sha256}.webp"


class ObjectStore:
    """The bucket. Every method raises `Unavailable` when the endpoint does not answer."""

    def __init__(self, settings: StoreSettings) -> None:
        endpoint = urlsplit(settings.endpoint)
        self._bucket = settings.bucket
        self._threads = ThreadPoolExecutor(settings.connections, thread_name_prefix="store")
        self._client = Minio(
            endpoint.netloc,
            access_key=settings.access_key.get_secret_value(),
            secret_key=settings.secret_key.get_secret_value(),
            region=settings.region,
            secure=endpoint.scheme == "https",
            http_client=urllib3.PoolManager(maxsize=settings.connections, timeout=TIMEOUT, retries=RETRIES),
        )

    async def prepare(self) -> None:
        """Make the bucket unless it is there."""

        def make() -> None:
            if not self._client.bucket_exists(self._bucket):
                try:
                    self._client.make_bucket(self._bucket)
                except S3Error as error:
                    if error.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                        raise

        await self._run(make)

    async def put(self, key: str, content: bytes, content_type: str = "application/octet-stream") -> None:
        """Store `content`; repeating it changes nothing, since keys are named by content."""
        await self._run(
            lambda: self._client.put_object(self._bucket, key, io.BytesIO(content), len(content), content_type)
        )

    async def get(self, key: str) -> bytes:
        """The bytes stored under `key`. Raises `NotFound`."""

        def read() -> bytes:
            with self._client.get_object(self._bucket, key) as response:
                content: bytes = response.read()
                response.release_conn()
                return content

        return await self._run(read)

    async def exists(self, key: str) -> bool:
        try:
            await self._run(lambda: self._client.stat_object(self._bucket, key))
        except NotFound:
            return False
        return True

    async def remove(self, key: str) -> None:
        """Remove the object; one that is not there is removed already."""
        await self._run(lambda: self._client.remove_object(self._bucket, key))

    async def keys(self, prefix: str) -> list[str]:
        def walk() -> Iterator[str]:
            for entry in self._client.list_objects(self._bucket, prefix=prefix, recursive=True):
                yield str(entry.object_name)

        return await self._run(lambda: list(walk()))

    async def link(self, key: str, lifetime: timedelta) -> str:
        """A presigned address that anyone can read the object from until `lifetime` has passed."""
        return await self._run(lambda: str(self._client.presigned_get_object(self._bucket, key, expires=lifetime)))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, call: Callable[[], Result]) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except S3Error as error:
            if error.code in ("NoSuchKey", "NoSuchObject", "NoSuchBucket"):
                raise NotFound(f"{error.object_name or self._bucket} is not in the store") from error
            ERRORS.labels(error.code).inc()
            raise Unavailable(f"the store refused: {error.code}: {error.message}") from error
        except urllib3.exceptions.HTTPError as error:
            ERRORS.labels("no_answer").inc()
            raise Unavailable(f"the store does not answer: {error}") from error
