"""Messages taken from the queue."""

import nats
from nats.aio.msg import Msg
from nats.js.client import JetStreamContext

from atlas_common.queue.failures import queue_errors
from atlas_common.traces import carried_by


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
        with queue_errors("hand out jobs"):
            try:
                messages = await self._subscription.fetch(count, timeout=wait)
            except (TimeoutError, nats.errors.TimeoutError):
                return []
        return [Message(message) for message in messages]
