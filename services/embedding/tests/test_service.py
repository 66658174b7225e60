"""The service with a real store and a real queue. With ATLAS_TEST_SERVING=host:port, a real TensorFlow Serving, too."""

import asyncio
import hashlib
import io
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import numpy as np
import pytest
from atlas.embedding.v1 import embedding_pb2 as pb
from atlas.embedding.v1.embedding_pb2_grpc import EmbeddingServiceStub
from atlas_common.backing import Backing
from atlas_common.queue import EMBEDDED, Queue
from atlas_common.schemas import FAILURES_EMBED, IMAGES, MODELS
from atlas_common.settings import QueueSettings, StoreSettings
from atlas_common.store import ObjectStore, image_key, thumbnail_key
from atlas_common.tables import Tables
from atlas_embedding.server import Settings, compose
from atlas_embedding.settings import EmbeddingSettings, ModelSettings, PictureSettings, PipelineSettings
from PIL import Image

from services.common.tests.listening import listen
from services.common.tests.served import served

pytestmark = pytest.mark.contract

Draw = Callable[..., Image.Image]
Encode = Callable[..., bytes]

LONG_AGO = timedelta(days=1)
PATIENCE_SECONDS = 120
NO_PICTURE = hashlib.sha256(b"nobody stored this").hexdigest()


@dataclass
class Atlas:
    """The parts around the service, as the crawler leaves them and the gateway finds them."""

    settings: Settings
    store: ObjectStore
    queue: Queue
    tables: Tables
    socket: str

    async def store_picture(self, content: bytes, age: timedelta = timedelta()) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        await self.store.put(image_key(sha256), content)
        row = {"sha256": sha256, "bytes": len(content), "stored_at": datetime.now(UTC) - age}
        await asyncio.to_thread(self.tables.open(IMAGES).insert, [row])
        return sha256

    async def enqueue(self, *ids: str) -> None:
        for sha256 in ids:
            await self.queue.publish("embed.image", sha256.encode())

    @asynccontextmanager
    async def embedding(self) -> AsyncIterator[EmbeddingServiceStub]:
        """A replica of the service, stopped in order at the end."""
        async with AsyncExitStack() as stack:
            service = await compose(self.settings, stack)
            assert await service.ready()
            yield EmbeddingServiceStub(await stack.enter_async_context(served(service, self.socket)))

    def features(self, model: str) -> dict[str, dict[str, object]]:
        rows = self.tables.existing(f"features_{model}").read().to_pylist()
        assert len({row["sha256"] for row in rows}) == len(rows)
        return {row["sha256"]: row for row in rows}

    async def complete(self) -> list[str]:
        """Models that have every sticker, once there are any."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (models := self.tables.open(MODELS).read()["model"].to_pylist()):
                await asyncio.sleep(0.1)
        return models

    def failures(self) -> dict[str, str]:
        return {row["sha256"]: row["reason"] for row in self.tables.open(FAILURES_EMBED).read().to_pylist()}


@pytest.fixture
async def atlas(minio: StoreSettings, nats: QueueSettings, serving: str, tmp_path: Path) -> AsyncIterator[Atlas]:
    pipeline = PipelineSettings(rows_seconds=0.2, reconcile_seconds=1)
    pictures = PictureSettings(workers=1)
    settings = Settings(EmbeddingSettings(), ModelSettings(server=serving), pictures, pipeline, store=minio, queue=nats)
    async with AsyncExitStack() as stack:
        backing = await Backing.connect(settings, "test", stack)
        yield Atlas(settings, backing.objects, backing.queue, backing.tables, f"unix:{tmp_path}/embedding.sock")


def claiming_size(png: bytes, side: int) -> bytes:
    """The PNG with another width and height in its header."""
    header = b"IHDR" + side.to_bytes(4, "big") * 2 + png[24:29]
    return png[:12] + header + zlib.crc32(header).to_bytes(4, "big") + png[33:]


async def all_done(service: EmbeddingServiceStub, count: int) -> pb.Status:
    """The status once `count` pictures are embedded or failed."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            status = await service.GetStatus(pb.GetStatusRequest())
            if status.embedded + status.failed >= count:
                return status
            await asyncio.sleep(0.1)


async def test_queued_stickers_become_rows_thumbnails_and_events(atlas: Atlas, draw: Draw, encode: Encode) -> None:
    ids = [await atlas.store_picture(encode(draw(seed))) for seed in range(40)]
    ids.append(await atlas.store_picture(encode(draw(40, (400, 300)))))
    listener = await listen(atlas.queue, EMBEDDED)
    await atlas.enqueue(*ids)
    async with atlas.embedding() as service:
        status = await all_done(service, len(ids))
    assert (status.embedded, status.failed) == (len(ids), 0)
    rows = atlas.features(status.model)
    assert rows.keys() == set(ids)
    assert {len(row["fingerprint"]) for row in rows.values()} <= {32 * 32, 2 * 32 * 32}  # type: ignore[arg-type]
    assert await atlas.store.keys("thumbs/") == [thumbnail_key(ids[-1])]  # the others are small themselves
    thumbnail = Image.open(io.BytesIO(await atlas.store.get(thumbnail_key(ids[-1]))))
    assert (thumbnail.format, thumbnail.size) == ("WEBP", (192, 144))
    _, announced = await listener
    assert set(announced.decode().split("\n")) <= set(ids)


async def test_every_bad_picture_has_its_reason_and_holds_up_no_other(atlas: Atlas, draw: Draw, encode: Encode) -> None:
    png = encode(draw(1))
    bad = {
        await atlas.store_picture(png[: len(png) // 2]): "truncated_image",
        await atlas.store_picture(b"a text called sticker.png"): "not_an_image",
        await atlas.store_picture(claiming_size(png, 50_000)): "too_many_pixels",
        await atlas.store_picture(b""): "empty_file",
        NO_PICTURE: "not_found",
    }
    good = await atlas.store_picture(png)
    await atlas.enqueue(*bad, good)
    async with atlas.embedding() as service:
        status = await all_done(service, len(bad) + 1)
    assert atlas.failures() == bad
    assert atlas.features(status.model).keys() == {good}
    assert {failure.name: failure.count for failure in status.failures} == dict.fromkeys(bad.values(), 1)


async def test_what_failed_for_a_reason_that_is_gone_is_embedded_when_it_is_tried_again(
    atlas: Atlas, draw: Draw, encode: Encode
) -> None:
    content = encode(draw(1))
    late, broken = hashlib.sha256(content).hexdigest(), await atlas.store_picture(b"no picture")
    await atlas.enqueue(late, broken)
    async with atlas.embedding() as service:
        await all_done(service, 2)
        await atlas.store_picture(content)
        retried = await service.RetryFailures(pb.RetryFailuresRequest(reasons=["not_found"]))
        status = await all_done(service, 2)
    assert retried.queued == 1
    assert atlas.features(status.model).keys() == {late}
    assert atlas.failures() == {broken: "not_an_image"}


async def test_a_sticker_queued_twice_has_one_row(atlas: Atlas, draw: Draw, encode: Encode) -> None:
    ids = [await atlas.store_picture(encode(draw(seed))) for seed in range(10)]
    await atlas.enqueue(*ids, *ids)
    async with atlas.embedding() as service:
        status = await all_done(service, len(ids))
    assert atlas.features(status.model).keys() == set(ids)


async def test_stickers_that_the_queue_forgot_are_found_in_the_tables(atlas: Atlas, draw: Draw, encode: Encode) -> None:
    forgotten = [await atlas.store_picture(encode(draw(seed)), LONG_AGO) for seed in range(3)]
    async with atlas.embedding() as service:
        status = await all_done(service, len(forgotten))
    assert atlas.features(status.model).keys() == set(forgotten)


async def test_another_model_embeds_every_sticker_anew_beside_the_live_one(
    atlas: Atlas, draw: Draw, encode: Encode
) -> None:
    old = [await atlas.store_picture(encode(draw(seed)), LONG_AGO) for seed in range(3)]
    anew = replace(atlas.settings, pipeline=atlas.settings.pipeline.model_copy(update={"lane": "anew"}))
    beside = replace(atlas, settings=anew)
    new = await atlas.store_picture(encode(draw(9)))
    await atlas.enqueue(new)
    async with beside.embedding() as service:
        status = await all_done(service, len(old))
        assert await atlas.complete() == [status.model]
    assert atlas.features(status.model).keys() >= set(old)  # and the new one, where a search came upon it
    async with atlas.embedding() as service:
        await all_done(service, len(old) + 1)
    assert atlas.features(status.model).keys() == {*old, new}


async def test_frames_of_an_animation_are_averaged(atlas: Atlas, draw: Draw, encode: Encode) -> None:
    frames = [draw(seed) for seed in range(3)]
    stills = [await atlas.store_picture(encode(frame)) for frame in frames]
    animation = await atlas.store_picture(
        encode(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True, duration=80)
    )
    await atlas.enqueue(*stills, animation)
    async with atlas.embedding() as service:
        status = await all_done(service, 4)
    rows = atlas.features(status.model)
    assert [rows[sha256]["frames"] for sha256 in (*stills, animation)] == [1, 1, 1, 3]
    mean = np.mean([rows[sha256]["pool3"] for sha256 in stills], axis=0)
    np.testing.assert_allclose(rows[animation]["pool3"], mean, rtol=0.02, atol=0.02)


async def test_a_picture_sent_along_gets_the_features_of_the_same_picture_in_the_bucket(
    atlas: Atlas, draw: Draw, encode: Encode
) -> None:
    content = encode(draw(5))
    sha256 = await atlas.store_picture(content)
    await atlas.enqueue(sha256)
    async with atlas.embedding() as service:
        status = await all_done(service, 1)
        answer = await service.EmbedImage(pb.EmbedImageRequest(content=content))
    assert answer.model == status.model
    row = atlas.features(status.model)[sha256]
    for vector in answer.features:
        np.testing.assert_allclose(vector.values, row[vector.name], rtol=1e-4, atol=1e-4)


async def test_what_is_no_picture_is_an_invalid_argument(atlas: Atlas) -> None:
    async with atlas.embedding() as service:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await service.EmbedImage(pb.EmbedImageRequest(content=b"text"))
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert dict(caught.value.trailing_metadata())["reason"] == "not_an_image"
