"""Objects of the bucket over a lean path: requests are signed and sent outside Python.

The general store of `atlas_common` does the same in a thread of Python's, at several times the processor time
(docs/decisions/0012-a-lean-path-to-the-bucket.md); a replica gets and puts an object for every picture.
"""

from datetime import timedelta

from atlas_common.errors import NotFound, Unavailable
from atlas_common.settings import StoreSettings
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

TIMEOUT = timedelta(seconds=60)


class Bucket:
    def __init__(self, settings: StoreSettings) -> None:
        self._store = S3Store(
            settings.bucket,
            endpoint=settings.endpoint,
            region=settings.region,
            access_key_id=settings.access_key.get_secret_value(),
            secret_access_key=settings.secret_key.get_secret_value(),
            virtual_hosted_style_request=False,
            client_options={"allow_http": settings.endpoint.startswith("http://"), "timeout": TIMEOUT},
        )

    async def get(self, key: str) -> bytes:
        """The bytes under `key`. Raises `NotFound` and `Unavailable`."""
        try:
            answer = await self._store.get_async(key)
            return bytes(await answer.bytes_async())
        except (FileNotFoundError, NotFoundError) as error:
            raise NotFound(f"{key} is not in the store") from error
        except (BaseError, OSError) as error:
            raise Unavailable(f"the store does not answer: {error}") from error

    async def put(self, key: str, content: bytes, content_type: str = "application/octet-stream") -> None:
        """Store `content`; repeating it changes nothing, since keys are named by content. Raises `Unavailable`."""
        try:
            await self._store.put_async(key, content, attributes={"Content-Type": content_type}, use_multipart=False)
        except (BaseError, OSError) as error:
            raise Unavailable(f"the store does not answer: {error}") from error
