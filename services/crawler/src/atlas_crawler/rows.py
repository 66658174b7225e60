"""How links that have ended are written down: a row for each in the crawler's tables."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from atlas_crawler.model.links import NO_VALIDATORS
from atlas_crawler.model.outcomes import Failed, PageRead, Stored, Unchanged


def image_row(outcome: Stored, now: datetime) -> dict[str, Any]:
    picture = asdict(outcome.picture)
    origin = {"crawl_id": outcome.crawl_id, "url": outcome.link.url}
    return {"sha256": outcome.sha256, "bytes": outcome.size, "stored_at": now, **picture, **origin}


def sighting_row(
    outcome: Stored | Unchanged | PageRead, first: dict[str, tuple[str, str]], now: datetime
) -> dict[str, Any]:
    """The row of an ended link. One that is unchanged can't be the first; a page has no image."""
    link, validators = outcome.link, NO_VALIDATORS
    sha256, duplicate = None, None
    match outcome:
        case Stored():
            sha256, validators = outcome.sha256, outcome.validators
            duplicate = first[sha256] != (outcome.crawl_id, link.url)
        case Unchanged(known=known):
            sha256, duplicate, validators = known.sha256, True, known.validators
    return {
        "crawl_id": outcome.crawl_id,
        "url": link.url,
        "sha256": sha256,
        "duplicate": duplicate,
        "page_url": link.page_url,
        "title": link.title,
        "author": link.author,
        "etag": validators.etag,
        "last_modified": validators.last_modified,
        "seen_at": now,
    }


def failure_row(outcome: Failed, now: datetime) -> dict[str, Any]:
    return {
        "crawl_id": outcome.crawl_id,
        "url": outcome.link.url,
        "attempt": outcome.attempt,
        "kind": outcome.link.kind.value,
        "reason": outcome.reason,
        "detail": outcome.detail,
        "failed_at": now,
    }
