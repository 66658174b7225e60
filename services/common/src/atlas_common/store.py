"""Objects in the bucket: bytes named by what they are, on any S3 endpoint.

Requests are signed and sent outside Python, and awaited without a thread
(docs/decisions/0012-a-lean-path-to-the-bucket.md).
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store
from prometheus_client import Counter

from atlas_common.errors import AtlasError, NotFound, Unavailable
from atlas_common.held import Room
from atlas_common.settings import StoreSettings

ERRORS = Counter("atlas_store_errors_total", "Requests that the store failed after retries", ["code"])

CONNECT, ANSWER = timedelta(seconds=5), timedelta(seconds=60)
RETRIES, RETRIED, PAUSE = 5, timedelta(seconds=15), timedelta(seconds=0.4)
BUSY = (429, 500, 502, 503, 504)
REFUSED = re.compile(r"status code: (?P<status>\d{3})(.*<Code>(?P<code>\w+)</Code>)?", re.DOTALL)
NO_ANSWER = "no_answer"


def image_key(sha256: str) -> str:
    return f"images/{sha256}"


def thumbnail_key(sha256: str) -> str:
    """Where the thumbnail lies; not every sticker has one."""
    return f"thumbs/{sha256}.webp"


class ObjectStore:
    """The bucket. Every method raises `Unavailable` when the endpoint does not answer, or refuses."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._room = asyncio.Semaphore(settings.connections)
        self._objects = S3Store(
            settings.bucket,
            endpoint=settings.endpoint,
            region=settings.region,
            access_key_id=settings.access_key.get_secret_value(),
            secret_access_key=settings.secret_key.get_secret_value(),
            virtual_hosted_style_request=False,
            disable_bulk_delete=True,  # which not every store knows
            client_options={
                "allow_http": urlsplit(settings.endpoint).scheme == "http",
                "connect_timeout": CONNECT,
                "timeout": ANSWER,
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": RETRIED, "backoff": {"init_backoff": PAUSE}},
        )

    async def prepare(self) -> None:
        """Make the bucket unless it is there."""
        try:
            await asyncio.to_thread(_make_bucket, self._settings)
        except S3Error as error:
            ERRORS.labels(error.code).inc()
            raise Unavailable(f"the store refused the bucket {self._settings.bucket}: {error.code}") from error
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            ERRORS.labels(NO_ANSWER).inc()
            raise Unavailable(f"the store does not answer: {error}") from error

    async def put(self, key: str, content: bytes, content_type: str = "application/octet-stream") -> None:
        """Store `content`; repeating it changes nothing, since keys are named by content."""
        async with self._asking(key):
            await self._objects.put_async(key, content, attributes={"Content-Type": content_type}, use_multipart=False)

    async def get(self, key: str, room: Room | None = None) -> bytes:
        """The bytes stored under `key`, for which `room` is asked before they are read. Raises `NotFound`."""
        async with self._asking(key):
            answer = await self._objects.get_async(key)
            if room:
                await room(answer.meta["size"])
            return bytes(await answer.bytes_async())

    async def exists(self, key: str) -> bool:
        try:
            async with self._asking(key):
                await self._objects.head_async(key)
        except NotFound:
            return False
        return True

    async def remove(self, key: str) -> None:
        """Remove the object; one that is not there is removed already."""
        async with self._asking(key):
            await self._objects.delete_async(key)

    async def keys(self, prefix: str) -> list[str]:
        async with self._asking(prefix):
            return [str(entry["path"]) async for part in self._objects.list(prefix) for entry in part]

    @asynccontextmanager
    async def _asking(self, key: str) -> AsyncIterator[None]:
        async with self._room:
            try:
                yield
            except (BaseError, OSError) as error:
                raise _named(error, key) from error


def _named(error: Exception, key: str) -> AtlasError:
    """The failure, counted under the code that the store gave; the client tells it in its text alone."""
    text = str(error).partition("\n\nDebug source")[0]
    refused = REFUSED.search(text)
    code = refused and refused["code"]
    if isinstance(error, FileNotFoundError | NotFoundError) and code in (None, "NoSuchKey"):
        return NotFound(f"{key} is not in the store")
    if not refused:
        ERRORS.labels(NO_ANSWER).inc()
        return Unavailable(f"the store does not answer: {text}")
    code = code or f"http_{refused['status']}"
    ERRORS.labels(code).inc()
    return Unavailable(f"the store refused {key}: {code}")


def _make_bucket(settings: StoreSettings) -> None:
    """Only an S3 client that knows buckets can do this."""
    endpoint = urlsplit(settings.endpoint)
    client = Minio(
        endpoint.netloc,
        access_key=settings.access_key.get_secret_value(),
        secret_key=settings.secret_key.get_secret_value(),
        region=settings.region,
        secure=endpoint.scheme == "https",
        http_client=urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=CONNECT.total_seconds(), read=ANSWER.total_seconds()),
            retries=urllib3.Retry(total=RETRIES, backoff_factor=0.2, backoff_jitter=0.2, status_forcelist=BUSY),
        ),
    )
    if client.bucket_exists(settings.bucket):
        return
    try:
        client.make_bucket(settings.bucket)
    except S3Error as error:
        if error.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            raise
