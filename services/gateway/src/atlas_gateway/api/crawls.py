"""Crawls: start, watch and steer them."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from atlas_gateway.access import may_write
from atlas_gateway.api.paging import Cursor, Limit
from atlas_gateway.model.crawls import Crawl, NewCrawl
from atlas_gateway.model.resource import Page
from atlas_gateway.model.status import Retry
from atlas_gateway.parts import Given
from atlas_gateway.streams import events

router = APIRouter(prefix="/crawls", tags=["crawls"])


@router.post("", status_code=201, dependencies=[may_write], summary="Start a crawl")
async def start_crawl(parts: Given, new: NewCrawl, response: Response) -> Crawl:
    """Starts looking for stickers at a source. The answer comes at once; watch the crawl for its progress."""
    crawl = await parts.services.crawler.start(new.source)
    response.headers["Location"] = f"/v1/crawls/{crawl.crawl_id}"
    return crawl


@router.get("", summary="List crawls")
async def list_crawls(parts: Given, limit: Limit = 50, cursor: Cursor = "") -> Page[Crawl]:
    """Crawls, the newest first, without the addresses that one was given in its option `urls`: ask for that crawl."""
    return await parts.services.crawler.page(limit, cursor)


@router.get("/{crawl_id}", summary="One crawl")
async def get_crawl(parts: Given, crawl_id: str) -> Crawl:
    """A crawl with its counts so far."""
    return await parts.services.crawler.get(crawl_id)


@router.get("/{crawl_id}/events", response_class=EventSourceResponse, summary="Watch a crawl")
async def watch_crawl(parts: Given, crawl: Annotated[Crawl, Depends(get_crawl)]) -> AsyncIterator[ServerSentEvent]:
    """Server-Sent Events `crawl`: the crawl whenever its progress changes, until its final state."""
    async for event in events("crawl", parts.services.crawler.watch(crawl.crawl_id), parts.stopping):
        yield event


@router.post("/{crawl_id}:pause", dependencies=[may_write], summary="Pause a crawl")
async def pause_crawl(parts: Given, crawl_id: str) -> Crawl:
    """Fetches nothing more until it is resumed."""
    return await parts.services.crawler.change(crawl_id, "pause")


@router.post("/{crawl_id}:resume", dependencies=[may_write], summary="Resume a crawl")
async def resume_crawl(parts: Given, crawl_id: str) -> Crawl:
    """Goes on where the crawl was paused."""
    return await parts.services.crawler.change(crawl_id, "resume")


@router.post("/{crawl_id}:cancel", dependencies=[may_write], summary="Cancel a crawl")
async def cancel_crawl(parts: Given, crawl_id: str) -> Crawl:
    """Ends the crawl for good; what it has stored stays."""
    return await parts.services.crawler.change(crawl_id, "cancel")


@router.post("/{crawl_id}:retry", dependencies=[may_write], summary="Retry failures of a crawl")
async def retry_crawl(parts: Given, crawl_id: str, retry: Retry | None = None) -> Crawl:
    """Queues failed links again: those with the reasons given, or all."""
    return await parts.services.crawler.retry(crawl_id, (retry or Retry()).reasons)
