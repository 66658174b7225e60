"""What the embedding service measures, for Prometheus."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager

from atlas_common.queue import Backlog
from prometheus_client import Counter, Gauge, Histogram, Summary

from atlas_embedding.model import Failure

EMBEDDED = Counter("atlas_embedding_stickers_total", "Stickers whose features were recorded")
FAILURES = Counter("atlas_embedding_failures_total", "Stickers that could not be embedded", ["reason"])
BATCH_FRAMES = Histogram("atlas_embedding_batch_frames", "Frames a prediction", buckets=(1, 2, 4, 8, 16, 24, 32, 64))
PREDICT_SECONDS = Histogram("atlas_embedding_predict_seconds", "Duration of a prediction, its retries included")
STAGE_SECONDS = Summary("atlas_embedding_stage_seconds", "Time that stickers, or inserts, spent in a stage", ["stage"])
BACKLOG = Gauge("atlas_embedding_backlog_stickers", "Stickers on the queue, over all replicas", ["state"])

LOOK_SECONDS = 10


def stage(name: str) -> AbstractContextManager[object]:
    """Times a stage: get, decode, predict, put or insert."""
    return STAGE_SECONDS.labels(name).time()


def count(embedded: int, failures: Iterable[Failure]) -> None:
    EMBEDDED.inc(embedded)
    for failure in failures:
        FAILURES.labels(failure.reason).inc()


async def watch_backlog(backlog: Callable[[], Awaitable[Backlog]]) -> None:
    """Bring the gauge up to date. Raises `Unavailable` while the queue does not answer: it keeps its last value."""
    now = await backlog()
    BACKLOG.labels("waiting").set(now.waiting)
    BACKLOG.labels("in_flight").set(now.in_flight)
