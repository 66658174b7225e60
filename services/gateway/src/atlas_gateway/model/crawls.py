"""Crawls: where stickers are looked for, and how far that has come."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from atlas_gateway.model.resource import INT32, INT64, Resource

CrawlState = Literal["running", "paused", "cancelled", "finished", "failed"]


class Limits(Resource):
    """How far a crawl may go; 0 leaves it to the crawler's settings."""

    depth: int = Field(0, ge=0, le=INT32)
    """Links followed from the first page."""
    pages: int = Field(0, ge=0, le=INT64)
    images: int = Field(0, ge=0, le=INT64)


class Source(Resource):
    """Where a crawl starts."""

    kind: str = Field(examples=["web"])
    """Name of a registered source: `web`, `urls`, `folder`, `archive`, …"""
    location: str = Field(examples=["https://stickers.example/packs"])
    """What the kind starts from: a URL, a path, a question's id."""
    limits: Limits = Limits()
    options: dict[str, str] = Field(default_factory=dict)
    """Further wishes that only this kind of source understands."""


class NewCrawl(Resource):
    """What to crawl."""

    source: Source


class CrawlProgress(Resource):
    """Counts so far: found = stored + duplicate + failed + what is still queued."""

    pages_found: int
    pages_done: int
    found: int
    stored: int
    duplicate: int
    failed: int
    failures: dict[str, int]
    """Failed links by reason."""
    images_per_second: float
    eta_seconds: float


class Crawl(Resource):
    """A crawl, under way or over."""

    crawl_id: str
    source: Source
    state: CrawlState
    progress: CrawlProgress
    started_at: datetime | None
    finished_at: datetime | None
    detail: str
    """Why the crawl as a whole failed; empty otherwise."""
