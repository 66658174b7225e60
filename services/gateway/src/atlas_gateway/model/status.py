"""How far the stickers have come, and what went wrong on the way."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from atlas_gateway.model.resource import Resource

Stage = Literal["crawl", "embed"]


class Status(Resource):
    """Counts at each stage, from the tables. Of a crawl's links, found = stored + duplicate + failed + waiting."""

    found: int
    stored: int
    duplicate: int
    failed: dict[str, int]
    """Links that could not be stored, by reason."""
    embedded: int
    embedding_failed: dict[str, int]
    """Stickers that could not be embedded, by reason."""
    assigned: int
    """Stickers with a place in the published run, outliers too."""
    outliers: int
    albums: int
    model: str | None
    """The model whose features are counted."""
    run_id: str | None
    """The published run."""


class Failure(Resource):
    """Something that could not be stored or embedded, and why."""

    stage: Stage
    reason: str
    detail: str
    url: str | None
    crawl_id: str | None
    sha256: str | None
    attempts: int
    failed_at: datetime


class Retry(Resource):
    """Which failures to try again."""

    reasons: list[str] = Field(default_factory=list)
    """Reasons as `/v1/failures` names them; none: all."""


class Queued(Resource):
    """What is tried again."""

    queued: int
