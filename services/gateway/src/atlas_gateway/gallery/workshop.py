"""Pages about the work: crawls, runs, and how far everything is."""

import asyncio

from atlas_common.errors import Unavailable
from fastapi import APIRouter, Response

from atlas_gateway.gallery.rendering import Show
from atlas_gateway.model.crawls import Crawl
from atlas_gateway.model.runs import Run
from atlas_gateway.parts import Given, Parts
from atlas_gateway.progress import progress

router = APIRouter(include_in_schema=False)

RECENT = 20


@router.get("/status")
async def status_page(parts: Given, show: Show) -> Response:
    status, crawls, runs = await asyncio.gather(progress(parts), _crawls(parts), _runs(parts))
    return show("status.html", status=status, crawls=crawls, runs=runs)


@router.get("/failures")
async def failures_page(parts: Given, show: Show, reason: str | None = None, cursor: str = "") -> Response:
    page = await parts.library.failures.page("crawl", reason, 100, cursor)
    return show("failures.html", failures=page.items, reason=reason, next_cursor=page.next_cursor)


@router.get("/runs")
async def runs_page(parts: Given, show: Show) -> Response:
    return show("runs.html", runs=await _runs(parts))


@router.get("/runs/{run_id}")
async def run_page(parts: Given, show: Show, run_id: str) -> Response:
    run, report = await asyncio.gather(parts.services.clustering.get(run_id), parts.library.reports.report(run_id))
    return show("run.html", run=run, report=report)


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
