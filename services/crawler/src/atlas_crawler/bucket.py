"""Puts images into the bucket over a lean path: one signed PUT on a kept connection, no thread, no second hash.

The store of `atlas_common` does the same through a thread and a general client, at several times the processor time;
a crawl puts one object an image.
"""

import hashlib
import hmac
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlsplit

import aiohttp
from atlas_common.errors import Unavailable
from atlas_common.settings import StoreSettings
from atlas_common.store import image_key
from yarl import URL

ALGORITHM = "AWS4-HMAC-SHA256"
SIGNED = "host;x-amz-content-sha256;x-amz-date"
TRIES = 3


class Bucket:
    """Where images are kept, named by the SHA-256 of their bytes."""

    def __init__(self, session: aiohttp.ClientSession, settings: StoreSettings) -> None:
        self._session = session
        self._signer = Signer(settings)
        self._bucket = settings.bucket
        self._endpoint = settings.endpoint.rstrip("/")

    async def put(self, sha256: str, content: bytes) -> None:
        """Store the bytes unchanged; repeating it changes nothing. Raises `Unavailable`."""
        path = f"/{self._bucket}/{image_key(sha256)}"
        problem = ""
        for _ in range(TRIES):
            headers = self._signer.headers("PUT", path, sha256, datetime.now(UTC))
            try:
                async with self._session.put(URL(self._endpoint + path), data=content, headers=headers) as answer:
                    if answer.status == 200:
                        return
                    problem = f"{answer.status} {(await answer.text())[:200]}"
            except (aiohttp.ClientError, TimeoutError) as error:
                problem = str(error) or type(error).__name__
        raise Unavailable(f"the store does not take {path}: {problem}")


class Signer:
    """AWS Signature Version 4 for requests without query; the payload's hash is known before."""

    def __init__(self, settings: StoreSettings) -> None:
        self._host = urlsplit(settings.endpoint).netloc
        self._region = settings.region
        self._access_key = settings.access_key.get_secret_value()
        self._secret_key = settings.secret_key.get_secret_value()

    def headers(self, method: str, path: str, payload_sha256: str, now: datetime) -> dict[str, str]:
        """The headers that sign the request. `path` must need no escaping."""
        time = now.strftime("%Y%m%dT%H%M%SZ")
        scope = f"{time[:8]}/{self._region}/s3/aws4_request"
        signed = f"host:{self._host}\nx-amz-content-sha256:{payload_sha256}\nx-amz-date:{time}\n"
        request = f"{method}\n{path}\n\n{signed}\n{SIGNED}\n{payload_sha256}"
        to_sign = f"{ALGORITHM}\n{time}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = _signing_key(self._secret_key, time[:8], self._region)
        signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
        credential = f"{self._access_key}/{scope}"
        return {
            "X-Amz-Date": time,
            "X-Amz-Content-Sha256": payload_sha256,
            "Authorization": f"{ALGORITHM} Credential={credential}, SignedHeaders={SIGNED}, Signature={signature}",
        }


@lru_cache(maxsize=4)
def _signing_key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
