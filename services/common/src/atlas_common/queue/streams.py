"""The streams, their subjects, and how replicas share the work on them."""

from dataclasses import dataclass

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
EMBED = Stream("EMBED", ("embed.>",), work=True)
EVENTS = Stream("EVENTS", ("events.>",), work=False, max_age=7 * DAY)
STREAMS = (CRAWL, EMBED, EVENTS)

EMBEDDED = "events.embedded"
"""Stickers were embedded; the data is their ids, one a line."""
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


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many messages of a consumer wait, and how many are being worked on."""

    waiting: int
    in_flight: int
