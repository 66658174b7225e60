"""What the crawler counts, for Prometheus."""

from collections.abc import Collection, Iterable

from prometheus_client import Counter

from atlas_crawler.model.outcomes import Failed, Outcome, Stored

IMAGES = Counter("atlas_crawler_images_total", "Links that ended with an image in the bucket", ["outcome"])
FAILURES = Counter("atlas_crawler_failures_total", "Links that ended without one", ["reason"])


def count(outcomes: Iterable[Outcome], new: Collection[str]) -> None:
    """Count how links ended; `new` are the images that nobody had seen before."""
    for outcome in outcomes:
        if isinstance(outcome, Failed):
            FAILURES.labels(outcome.reason).inc()
        elif isinstance(outcome, Stored):
            IMAGES.labels("stored" if outcome.sha256 in new else "duplicate").inc()
