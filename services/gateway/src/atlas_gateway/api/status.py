"""How far the stickers have come, and what failed on the way."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from atlas_gateway.access import may_write
from atlas_gateway.api.paging import Cursor, Limit
from atlas_gateway.model.resource import Page
from atlas_gateway.model.runs import Drift
from atlas_gateway.model.status import Failure, Queued, Retry, Stage, Status
from atlas_gateway.parts import Given
from atlas_gateway.progress import changes, progress
from atlas_gateway.streams import events

router = APIRouter(tags=["status"])


@router.get("/status", summary="Counts at each stage")
async def get_status(parts: Given) -> Status:
    """How many stickers were found, stored, embedded and assigned, and how many failed, by reason."""
    return await progress(parts)


@router.get("/status/events", response_class=EventSourceResponse, summary="Watch the counts")
async def watch_status(parts: Given) -> AsyncIterator[ServerSentEvent]:
    """Server-Sent Events `status`: the counts whenever they change, without end."""
    async for event in events("status", changes(parts), parts.stopping):
        yield event


@router.get("/drift", summary="Whether a new run is due")
async def get_drift(parts: Given) -> Drift:
    """How well the stickers that came after the published run fit into its albums."""
    return await parts.services.clustering.drift()


@router.get("/failures", summary="What failed, and why")
async def list_failures(
    parts: Given,
    stage: Annotated[Stage, Query(description="Where it failed")] = "crawl",
    reason: Annotated[str | None, Query(max_length=100, description="Only failures with this reason")] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[Failure]:
    """Failures of one stage, the newest first."""
    return await parts.library.failures.page(stage, reason, limit, cursor)


@router.post("/embedding:retry", dependencies=[may_write], summary="Retry failures of embedding")
async def retry_embedding(parts: Given, retry: Retry | None = None) -> Queued:
    """Embeds stickers anew that failed: those with the reasons given, or all. How many those are."""
    return Queued(queued=await parts.services.embedding.retry((retry or Retry()).reasons))
