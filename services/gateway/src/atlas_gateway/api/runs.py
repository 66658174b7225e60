"""Clustering runs: start, watch and cancel them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from atlas_gateway.access import may_write
from atlas_gateway.api.paging import Cursor, Limit
from atlas_gateway.model.resource import Page
from atlas_gateway.model.runs import Changes, Run, RunDetail, RunSpec
from atlas_gateway.parts import Given
from atlas_gateway.streams import events

router = APIRouter(prefix="/runs", tags=["runs"])


@router.post("", status_code=201, dependencies=[may_write], summary="Start a run")
async def start_run(parts: Given, spec: RunSpec, response: Response) -> Run:
    """Groups the stickers into albums. The answer comes at once; the albums are served when the run is published."""
    run = await parts.services.clustering.start(spec)
    response.headers["Location"] = f"/v1/runs/{run.run_id}"
    return run


@router.get("", summary="List runs")
async def list_runs(parts: Given, limit: Limit = 50, cursor: Cursor = "") -> Page[Run]:
    """Runs, the newest first."""
    return await parts.services.clustering.page(limit, cursor)


@router.get("/{run_id}", summary="One run")
async def get_run(parts: Given, run_id: str) -> RunDetail:
    """A run with its scores and what explains them."""
    run, report = await asyncio.gather(parts.services.clustering.get(run_id), parts.library.reports.report(run_id))
    return RunDetail(**dict(run), report=report)


@router.get("/{run_id}/changes", summary="What a run changed")
async def get_changes(
    parts: Given, run_id: str, since: Annotated[str, Query(description="The run to compare it with")]
) -> Changes:
    """Which stickers are in other albums in this run than in another one, the largest moves first."""
    return await parts.services.clustering.changes(since, run_id)


@router.get("/{run_id}/events", response_class=EventSourceResponse, summary="Watch a run")
async def watch_run(parts: Given, run: Annotated[Run, Depends(get_run)]) -> AsyncIterator[ServerSentEvent]:
    """Server-Sent Events `run`: the run whenever it changes, until its final state."""
    async for event in events("run", parts.services.clustering.watch(run.run_id), parts.stopping):
        yield event


@router.post("/{run_id}:cancel", dependencies=[may_write], summary="Cancel a run")
async def cancel_run(parts: Given, run_id: str) -> Run:
    """Stops the run; what was published before stays."""
    return await parts.services.clustering.cancel(run_id)
