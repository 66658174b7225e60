"""What the services rely on from JetStream."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from atlas_common.errors import Unavailable
from atlas_common.queue import EMBED, Backlog, Consumer, Queue
from atlas_common.settings import QueueSettings
from atlas_laptop.installation import installed
from atlas_laptop.parts import parts
from atlas_laptop.probes import queue_settings
from atlas_laptop.supervisor import Supervisor

from services.common.tests.listening import listen

pytestmark = pytest.mark.contract

CONSUMER = Consumer(EMBED, "embedding", "embed.image", ack_wait=30, max_deliver=3)
IMPATIENT = replace(CONSUMER, ack_wait=1)
PATIENCE_SECONDS = 60


async def test_work_is_gone_only_when_it_is_done(queue: Queue) -> None:
    puller = await queue.puller(CONSUMER)
    await queue.publish("embed.image", b"one")
    [message] = await puller.take(1, PATIENCE_SECONDS)
    assert await queue.backlog(CONSUMER) == Backlog(waiting=0, in_flight=1)
    await message.done()
    assert await puller.take(10, wait=0.2) == []
    assert await queue.backlog(CONSUMER) == Backlog(waiting=0, in_flight=0)


async def test_the_same_message_id_is_queued_once(queue: Queue) -> None:
    puller = await queue.puller(CONSUMER)
    await queue.publish("embed.image", b"one", message_id="one")
    await queue.publish("embed.image", b"one", message_id="one")
    assert await queue.backlog(CONSUMER) == Backlog(waiting=1, in_flight=0)
    assert [message.data for message in await puller.take(1, PATIENCE_SECONDS)] == [b"one"]


async def test_work_that_nobody_acknowledged_comes_again(queue: Queue) -> None:
    puller = await queue.puller(IMPATIENT)
    await queue.publish("embed.image", b"one")
    assert [message.attempt for message in await puller.take(1, PATIENCE_SECONDS)] == [1]
    assert [message.attempt for message in await puller.take(1, PATIENCE_SECONDS)] == [2]


async def test_work_handed_back_comes_again_at_once(queue: Queue) -> None:
    puller = await queue.puller(CONSUMER)
    await queue.publish("embed.image", b"one")
    [message] = await puller.take(1, PATIENCE_SECONDS)
    await message.again()
    [again] = await puller.take(1, PATIENCE_SECONDS)
    assert (again.data, again.attempt) == (b"one", 2)


async def test_work_given_up_never_comes_again(queue: Queue) -> None:
    puller = await queue.puller(CONSUMER)
    await queue.publish("embed.image", b"one")
    [message] = await puller.take(1, PATIENCE_SECONDS)
    await message.never()
    assert await puller.take(1, wait=0.5) == []


async def test_every_reader_sees_every_event(queue: Queue) -> None:
    readers = [await listen(queue, "events.run.>") for _ in range(2)]
    await queue.publish("events.run.r1", b"published")
    assert await asyncio.gather(*readers) == [("events.run.r1", b"published")] * 2


async def test_a_queue_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable, match=r"no NATS server lets us in at nats://127.0.0.1:1: .*Connect call failed"):
        await Queue.connect(QueueSettings(url="nats://ann:swordfish@127.0.0.1:1"), "test")


async def test_a_connection_whose_server_has_gone_is_closed_in_order(tmp_path: Path) -> None:
    with installed(tmp_path, print) as installation:
        async with Supervisor(parts(installation, {"nats"}), installation.surroundings, tmp_path / "logs", print):
            queue = await Queue.connect(queue_settings(installation.environment), "test")
        assert not await queue.answers()  # which leaves something to send
        await queue.close()
