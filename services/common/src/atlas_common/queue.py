"""Work and events on NATS JetStream. The queue is a hint: the tables say what is done."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StreamConfig
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from atlas_common.errors import Unavailable
from atlas_common.settings import QueueSettings
from atlas_common.traces import carried_by, to_carry

CONNECT_SECONDS = 10
DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Stream:
    """A JetStream stream. Work is removed when it is acknowledged; events are kept for `max_age` seconds."""

    name: str
    subjects: tuple[str, ...]
    work: bool
    max_age: float = 0
    duplicate_window: float = 120


CRAWL = Stream("CRAWL", ("crawl.page.>", "crawl.image.>"), work=True)
EMBED = Stream("EMBED", ("embed.image",), work=True)
EVENTS = Stream("EVENTS", ("events.>",), work=False, max_age=7 * DAY)
STREAMS = (CRAWL, EMBED, EVENTS)

RUN_PUBLISHED = "events.run.published"
"""A run was published; the data is its id."""
CURATION_CHANGED = "events.curation.changed"
"""People have decided something; no data."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """How replicas share the messages of a stream under one durable name.

    A message not acknowledged within `ack_wait` seconds goes to another replica, at most `max_deliver` times.
    At most `max_ack_pending` messages are out at once, over all replicas.
    """

    stream: Stream
    name: str
    subject: str
    ack_wait: float = 60
    max_deliver: int = 5
    max_ack_pending: int = 1000


class Message:
    """A message taken from the queue, to be acknowledged when its work is durable.

    `trace` is the trace of the work that published it.
    """

    def __init__(self, message: Msg) -> None:
        self._message = message
        self.subject = message.subject
        self.data = message.data
        self.trace = carried_by(message.headers)
        self.attempt: int = message.metadata.num_delivered

    async def done(self) -> None:
        await self._message.ack()

    async def again(self, delay: float = 0) -> None:
        """Hand the message back, to be delivered after `delay` seconds."""
        await self._message.nak(delay=delay or None)

    async def never(self) -> None:
        """Take the message off the queue although its work failed; the failure must be recorded elsewhere."""
        await self._message.term()

    async def still_busy(self) -> None:
        """Start `ack_wait` anew."""
        await self._message.in_progress()


class Puller:
    """Takes messages in batches from a durable consumer."""

    def __init__(self, subscription: JetStreamContext.PullSubscription) -> None:
        self._subscription = subscription

    async def take(self, count: int, wait: float = 1) -> list[Message]:
        """Up to `count` messages; an empty list when none came within `wait` seconds."""
        try:
            messages = await self._subscription.fetch(count, timeout=wait)
        except (TimeoutError, nats.errors.TimeoutError):
            return []
        except NatsError as error:
            raise Unavailable(f"the queue does not answer: {error}") from error
        return [Message(message) for message in messages]


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many messages of a consumer wait, and how many are being worked on."""

    waiting: int
    in_flight: int


class Queue:
    """A connection to JetStream. Every method raises `Unavailable` when no server answers."""

    def __init__(self, client: Client, settings: QueueSettings) -> None:
        self._client = client
        self._jetstream = client.jetstream(timeout=10)
        self._replicas = settings.replicas

    @classmethod
    async def connect(cls, settings: QueueSettings, name: str) -> "Queue":
        """Connect, waiting at most a few seconds for a server; a connection lost later is made anew without end."""
        try:
            # nats-py tries the first connection as endlessly as later ones.
            async with asyncio.timeout(CONNECT_SECONDS):
                client = await nats.connect(
                    settings.url.split(","),
                    name=name,
                    token=settings.token.get_secret_value() or None,
                    connect_timeout=5,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=0.5,
                    allow_reconnect=True,
                    error_cb=_ignore,
                )
        except (NatsError, OSError) as error:
            raise Unavailable(f"no NATS server answers at {settings.url}: {error}") from error
        return cls(client, settings)

    async def ensure_streams(self) -> None:
        """Make the streams that are missing, and bring the others up to their definition."""
        for stream in STREAMS:
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

    async def publish(self, subject: str, data: bytes, message_id: str | None = None) -> None:
        """Publish durably. A `message_id` seen within the stream's duplicate window is not queued twice."""
        headers = to_carry() | ({"Nats-Msg-Id": message_id} if message_id else {})
        try:
            await self._jetstream.publish(subject, data, headers=headers or None)
        except (NatsError, OSError, TimeoutError) as error:
            raise Unavailable(f"the queue does not accept {subject}: {error}") from error

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
        await self._jetstream.add_consumer(consumer.stream.name, config)
        subscription = await self._jetstream.pull_subscribe_bind(consumer.name, consumer.stream.name)
        return Puller(subscription)

    async def backlog(self, consumer: Consumer) -> Backlog:
        try:
            info = await self._jetstream.consumer_info(consumer.stream.name, consumer.name)
        except NotFoundError:
            return Backlog(0, 0)
        return Backlog(info.num_pending or 0, info.num_ack_pending or 0)

    async def events(self, subject: str) -> AsyncIterator[tuple[str, bytes]]:
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
            await asyncio.wait_for(self._jetstream.account_info(), timeout=1)
        except (NatsError, OSError, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """Send what was written, and leave. Messages taken and not acknowledged go to another replica."""
        with suppress(NatsError, TimeoutError):
            await self._client.flush(timeout=1)
        await self._client.close()


async def _ignore(_: Exception) -> None:
    """nats-py would print each failed reconnection; the callers raise their own errors."""
