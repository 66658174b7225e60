"""What the services rely on from any S3 server; runs against every one that the tests know."""

import pytest
from atlas_common.errors import NotFound, Unavailable
from atlas_common.settings import StoreSettings
from atlas_common.store import ObjectStore

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
