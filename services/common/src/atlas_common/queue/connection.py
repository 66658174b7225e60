"""A connection to NATS JetStream."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import partial

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StreamConfig
from nats.js.errors import NotFoundError

from atlas_common.errors import Unavailable
from atlas_common.queue.failures import queue_errors
from atlas_common.queue.lasting import Lasting
from atlas_common.queue.messages import Puller
from atlas_common.queue.notes import Notes
from atlas_common.queue.streams import STREAMS, Backlog, Consumer, Stream
from atlas_common.settings import QueueSettings
from atlas_common.traces import to_carry

CONNECT_SECONDS = 10


class Queue:
    """A connection to JetStream. Every method raises `Unavailable` when no server answers.

    What it has made there it makes again after every reconnection, since the server may have lost its volume.
    """

    def __init__(self, client: Client, settings: QueueSettings) -> None:
        self._client = client
        self._jetstream = client.jetstream(timeout=10)
        self._replicas = settings.replicas
        self._lasting = Lasting()

    @classmethod
    async def connect(cls, settings: QueueSettings, name: str) -> "Queue":
        """Connect, waiting at most a few seconds for a server; a connection lost later is made anew without end."""
        client = Client()
        queue = cls(client, settings)
        try:
            # nats-py tries the first connection as endlessly as later ones.
            async with asyncio.timeout(CONNECT_SECONDS):
                await client.connect(
                    settings.url.split(","),
                    name=name,
                    token=settings.token.get_secret_value() or None,
                    connect_timeout=5,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=0.5,  # type: ignore[arg-type]  # fractions of a second work, too
                    allow_reconnect=True,
                    error_cb=_ignore,
                    reconnected_cb=queue._lasting.reconnected,
                )
        except (NatsError, OSError) as error:
            where = re.sub("//[^/,]*@", "//", settings.url)  # without a password that may be in it
            raise Unavailable(f"no NATS server lets us in at {where}: {client.last_error or error}") from error
        finally:
            if client.is_connecting:  # given up half-way, which leaves the socket open
                await client.close()
        return queue

    async def ensure_streams(self) -> None:
        """Make the streams that are missing, and bring the others up to their definition."""
        for stream in STREAMS:
            await self._lasting.make(partial(self._ensure_stream, stream))

    async def publish(self, subject: str, data: bytes, message_id: str | None = None) -> None:
        """Publish durably. A `message_id` seen within the stream's duplicate window is not queued twice."""
        headers = to_carry() | ({"Nats-Msg-Id": message_id} if message_id else {})
        with queue_errors(f"accept {subject}"):
            await self._jetstream.publish(subject, data, headers=headers or None)

    async def puller(self, consumer: Consumer) -> Puller:
        """A puller of the durable consumer, made or brought up to its definition."""
        config = ConsumerConfig(
            durable_name=consumer.name,
            filter_subject=consumer.subject,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=consumer.ack_wait,
            max_deliver=consumer.max_deliver,
            max_ack_pending=consumer.max_ack_pending,
        )
        await self._lasting.make(partial(self._jetstream.add_consumer, consumer.stream.name, config))
        with queue_errors(f"hand out jobs of {consumer.name}"):
            subscription = await self._jetstream.pull_subscribe_bind(consumer.name, consumer.stream.name)
        return Puller(subscription)

    async def backlog(self, consumer: Consumer) -> Backlog:
        with queue_errors(f"count what {consumer.name} has left"):
            try:
                info = await self._jetstream.consumer_info(consumer.stream.name, consumer.name)
            except NotFoundError:
                return Backlog(0, 0)
        return Backlog(info.num_pending or 0, info.num_ack_pending or 0)

    async def left(self, stream: Stream, subject: str) -> int:
        """How many messages of a work stream under `subject` (wildcards allowed) are not yet acknowledged."""
        with queue_errors(f"count {subject}"):
            info = await self._jetstream.stream_info(stream.name, subjects_filter=subject)
        return sum((info.state.subjects or {}).values())

    async def notes(self, name: str, max_age: float) -> Notes:
        """The notes of this name, made when missing; one not changed for `max_age` seconds is forgotten."""
        make = partial(self._jetstream.create_key_value, bucket=name, ttl=max_age, replicas=self._replicas)
        await self._lasting.make(make)
        with queue_errors(f"keep {name}"):
            return Notes(await self._jetstream.key_value(name))

    async def events(self, subject: str) -> AsyncGenerator[tuple[str, bytes], None]:
        """Events as they come, from now on: subject and data. Every reader sees every event."""
        subscription = await self._client.subscribe(subject)
        try:
            async for message in subscription.messages:
                yield message.subject, message.data
        finally:
            await subscription.unsubscribe()

    async def answers(self) -> bool:
        """True when the server takes a request within a second."""
        try:
            async with asyncio.timeout(1):
                await self._jetstream.account_info()
        except (NatsError, OSError):
            return False
        return True

    async def close(self) -> None:
        """Send what was written, and leave. Messages taken and not acknowledged go to another replica."""
        await self._lasting.stop()
        with suppress(NatsError, TimeoutError):
            await self._client.flush(timeout=1)
        with suppress(OSError, RuntimeError):  # asyncio's and uvloop's, where the server has gone with things to send
            await self._client.close()

    async def _ensure_stream(self, stream: Stream) -> None:
        config = StreamConfig(
            name=stream.name,
            subjects=list(stream.subjects),
            retention=RetentionPolicy.WORK_QUEUE if stream.work else RetentionPolicy.LIMITS,
            discard=DiscardPolicy.OLD,
            max_age=stream.max_age,
            duplicate_window=stream.duplicate_window,
            num_replicas=self._replicas,
        )
        try:
            await self._jetstream.stream_info(stream.name)
        except NotFoundError:
            await self._jetstream.add_stream(config)
        else:
            await self._jetstream.update_stream(config)


async def _ignore(_: Exception) -> None:
    """nats-py would print each failed reconnection; the callers raise their own errors."""
