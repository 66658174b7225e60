"""Pages about the work: crawls, runs, what people decided, and how far everything is."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from atlas_common.errors import Conflict, Unavailable
from fastapi import APIRouter, Response

from atlas_gateway.gallery.rendering import Show
from atlas_gateway.model.crawls import Crawl
from atlas_gateway.model.runs import Drift, Run
from atlas_gateway.model.status import Stage
from atlas_gateway.parts import Given, Parts
from atlas_gateway.progress import progress

router = APIRouter(include_in_schema=False)

RECENT = 20
PAGE = 100
NEVER = datetime.min.replace(tzinfo=UTC)


@router.get("/status")
async def status_page(parts: Given, show: Show) -> Response:
    status, crawls = await asyncio.gather(progress(parts), _crawls(parts))
    return show("status.html", status=status, crawls=crawls)


@router.get("/failures")
async def failures_page(
    parts: Given, show: Show, stage: Stage = "crawl", reason: str | None = None, cursor: str = ""
) -> Response:
    page = await parts.library.failures.page(stage, reason, PAGE, cursor)
    return show("failures.html", failures=page.items, stage=stage, reason=reason, next_cursor=page.next_cursor)


@router.get("/decisions")
async def decisions_page(parts: Given, show: Show, cursor: str = "") -> Response:
    curation = parts.library.curation
    page, revoked = await asyncio.gather(
        curation.page(PAGE, cursor, revokes=False), asyncio.to_thread(curation.revoked)
    )
    return show("decisions.html", decisions=page.items, revoked=revoked, next_cursor=page.next_cursor)


@router.get("/runs")
async def runs_page(parts: Given, show: Show) -> Response:
    runs, drift = await asyncio.gather(_runs(parts), _drift(parts))
    return show("runs.html", runs=runs, drift=drift)


@router.get("/runs/{run_id}")
async def run_page(parts: Given, show: Show, run_id: str) -> Response:
    run, report, runs = await asyncio.gather(
        parts.services.clustering.get(run_id), parts.library.reports.report(run_id), _runs(parts)
    )
    before = _before(run, runs or [])
    changes = await parts.services.clustering.changes(before.run_id, run_id) if before else None
    return show("run.html", run=run, report=report, before=before, changes=changes)


async def _crawls(parts: Parts) -> list[Crawl] | None:
    """The newest crawls; None while the crawler does not answer."""
    try:
        return (await parts.services.crawler.page(RECENT, "")).items
    except Unavailable:
        return None


async def _runs(parts: Parts) -> list[Run] | None:
    """The newest runs; None while the clustering service does not answer."""
    try:
        return (await parts.services.clustering.page(RECENT, "")).items
    except Unavailable:
        return None


async def _drift(parts: Parts) -> Drift | None:
    """How the published run ages; None while there is none, or the clustering service does not answer."""
    try:
        return await parts.services.clustering.drift()
    except (Conflict, Unavailable):
        return None


def _before(run: Run, runs: Sequence[Run]) -> Run | None:
    """The run published before this one, if this one is published, too."""
    published = [other for other in runs if other.state == "published"]
    earlier = [other for other in published if (other.started_at or NEVER) < (run.started_at or NEVER)]
    return earlier[0] if earlier and run.state == "published" else None
