"""What the services rely on from any S3 server; runs against every one that the tests know."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import pytest
from atlas_common.errors import NotFound, Unavailable
from atlas_common.settings import StoreSettings
from atlas_common.store import ObjectStore
from prometheus_client import REGISTRY

pytestmark = pytest.mark.contract


@pytest.fixture
async def store(s3: StoreSettings) -> ObjectStore:
    store = ObjectStore(s3)
    await store.prepare()
    return store


async def test_preparing_a_bucket_twice_changes_nothing(store: ObjectStore) -> None:
    await store.put("images/a", b"kept")
    await store.prepare()
    assert await store.get("images/a") == b"kept"


async def test_bytes_come_back_unchanged(store: ObjectStore) -> None:
    content = bytes(range(256)) * 4096
    await store.put("images/a", content)
    assert await store.get("images/a") == content


async def test_an_object_put_twice_is_there_once(store: ObjectStore) -> None:
    await store.put("images/a", b"a")
    await store.put("images/a", b"a")
    assert await store.keys("images/") == ["images/a"]


async def test_a_missing_object_is_not_found(store: ObjectStore) -> None:
    assert not await store.exists("images/none")
    with pytest.raises(NotFound, match="images/none"):
        await store.get("images/none")


async def test_removing_is_repeatable(store: ObjectStore) -> None:
    await store.put("images/a", b"a")
    await store.remove("images/a")
    await store.remove("images/a")
    assert not await store.exists("images/a")


async def test_keys_lists_what_a_prefix_names_and_nothing_else(store: ObjectStore) -> None:
    for key in ("images/a", "images/b", "thumbs/a.webp"):
        await store.put(key, b"x")
    assert sorted(await store.keys("images/")) == ["images/a", "images/b"]


async def test_a_wrong_key_is_told_apart_from_a_missing_object(s3: StoreSettings) -> None:
    stranger = ObjectStore(s3.model_copy(update={"access_key": s3.secret_key}))
    with pytest.raises(Unavailable, match="the store refused"):
        await stranger.get("images/a")


Refuse = Callable[[str, str], AbstractAsyncContextManager[ObjectStore]]


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """A store on a server that refuses whatever it is asked, with this status and code."""
    monkeypatch.setattr("atlas_common.store.PAUSE", timedelta(milliseconds=1))
    monkeypatch.setattr("atlas_common.store.RETRIES", 1)

    @asynccontextmanager
    async def start(status: str, code: str) -> AsyncIterator[ObjectStore]:
        body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            head = f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n"
            writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            yield ObjectStore(StoreSettings(endpoint=f"http://127.0.0.1:{port}"))

    return start


@pytest.mark.parametrize(
    ("status", "code"), [("503 Service Unavailable", "SlowDown"), ("403 Forbidden", "AccessDenied")]
)
async def test_a_refusal_is_counted_under_the_code_of_the_store(refusing: Refuse, status: str, code: str) -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("atlas_store_errors_total", {"code": code}) or 0

    before = counted()
    async with refusing(status, code) as store:
        with pytest.raises(Unavailable, match=f"^the store refused images/a: {code}$"):
            await store.get("images/a")
    assert counted() == before + 1


async def test_a_missing_bucket_is_told_apart_from_a_missing_object(refusing: Refuse) -> None:
    async with refusing("404 Not Found", "NoSuchBucket") as store:
        with pytest.raises(Unavailable, match="NoSuchBucket"):
            await store.get("images/a")


async def test_a_store_that_is_still_starting_is_waited_for(refusing: Refuse) -> None:
    async with refusing("503 Service Unavailable", "XMinioServerNotInitialized") as store:
        with pytest.raises(Unavailable, match="atlas"):
            await store.prepare()


async def test_nobody_listening_is_told_in_one_line(refusing: Refuse) -> None:
    async with refusing("200 OK", "") as store:
        pass
    with pytest.raises(Unavailable, match=r"^the store does not answer: [^\n]*$"):
        await store.get("images/a")
