"""The queue of a cluster as it is reached from here, whatever becomes of its servers meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from atlas_common.errors import Unavailable
from atlas_common.queue import EMBED, Consumer, Puller, Queue
from atlas_common.settings import QueueSettings
from pydantic import SecretStr

from atlas_ops.rehearsal.cluster import KUBECTL, Cluster

CONSUMER = Consumer(EMBED, "embedding", "embed.image")
AT_ONCE = 500
PORT = 42220


@asynccontextmanager
async def forwarded_queue(cluster: Cluster, token: str) -> AsyncIterator[Queue]:
    """A connection to the queue through its first server."""
    command = ("--namespace", cluster.namespace, "port-forward", "pod/nats-0", f"{PORT}:4222")
    forward = await asyncio.create_subprocess_exec(KUBECTL, *command, stdout=asyncio.subprocess.PIPE)
    try:
        if forward.stdout is not None:
            await forward.stdout.readline()  # kubectl says when it listens
        settings = QueueSettings(url=f"nats://127.0.0.1:{PORT}", token=SecretStr(token), replicas=3)
        queue = await Queue.connect(settings, "rehearsal")
        await queue.ensure_streams()
        yield queue
        await queue.close()
    finally:
        forward.terminate()
        await forward.wait()


async def fill(queue: Queue, stickers: int) -> None:
    """Queue so many made-up stickers."""
    for start in range(0, stickers, AT_ONCE):
        some = range(start, min(start + AT_ONCE, stickers))
        await asyncio.gather(*(_publish(queue, f"{number:064x}") for number in some))


async def _publish(queue: Queue, sha256: str) -> None:
    """Until the queue has it: the message id keeps one that was taken after all from being there twice."""
    while True:
        with suppress(Unavailable):
            return await queue.publish(CONSUMER.subject, sha256.encode(), message_id=sha256)
        await asyncio.sleep(1)


async def backlog(queue: Queue) -> int:
    """How many stickers wait, once a server answers."""
    while True:
        with suppress(Unavailable):
            return (await queue.backlog(CONSUMER)).waiting
        await asyncio.sleep(1)


async def drain(puller: Puller, most: int) -> list[bytes]:
    """Take at most so many stickers off the queue, fewer where no server answers; their ids, as they came."""
    taken: list[bytes] = []
    with suppress(Unavailable):
        while len(taken) < most and (messages := await puller.take(min(most - len(taken), AT_ONCE), wait=1)):
            await asyncio.gather(*(message.done() for message in messages))
            taken += [message.data for message in messages]
    return taken
