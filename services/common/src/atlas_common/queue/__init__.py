"""Work and events on NATS JetStream. The queue is a hint: the tables say what is done."""

from atlas_common.queue.connection import Queue
from atlas_common.queue.messages import Message, Puller
from atlas_common.queue.notes import Note, Notes
from atlas_common.queue.streams import (
    CRAWL,
    CURATION_CHANGED,
    EMBED,
    EMBEDDED,
    EVENTS,
    RUN_PUBLISHED,
    STREAMS,
    Backlog,
    Consumer,
    Stream,
)

__all__ = [
    "CRAWL",
    "CURATION_CHANGED",
    "EMBED",
    "EMBEDDED",
    "EVENTS",
    "RUN_PUBLISHED",
    "STREAMS",
    "Backlog",
    "Consumer",
    "Message",
    "Note",
    "Notes",
    "Puller",
    "Queue",
    "Stream",
]
