"""How far the stickers have come, over all stages."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from atlas_common.errors import AtlasError

from atlas_gateway.library.counts import EmbedCounts
from atlas_gateway.model.status import Status
from atlas_gateway.parts import Parts

LOOK_SECONDS = 1.0


async def progress(parts: Parts) -> Status:
    """Counts at each stage; those of embedding are 0 while no model is known."""
    atlas = parts.shelf.current
    crawled = await parts.library.counts.crawling()
    model = await _model(parts)
    embedded = await parts.library.counts.embedding(model, parts.library.features) if model else EmbedCounts(0, {})
    return Status(
        found=crawled.found,
        stored=crawled.stored,
        duplicate=crawled.duplicate,
        failed=crawled.failed,
        embedded=embedded.embedded,
        embedding_failed=embedded.failed,
        assigned=atlas.assigned if atlas else 0,
        outliers=atlas.outliers if atlas else 0,
        albums=len(atlas.albums) if atlas else 0,
        model=model,
        run_id=atlas.run_id if atlas else None,
    )


async def changes(parts: Parts) -> AsyncIterator[Status]:
    """The counts now, and again whenever they have changed, without end; all who watch share the looking."""
    last = None
    while True:
        status = await parts.looks.get(partial(progress, parts))
        if status != last:
            yield status
        last = status
        await asyncio.sleep(LOOK_SECONDS)


async def _model(parts: Parts) -> str | None:
    """The model that embeds now, else that of the published run."""
    try:
        return await parts.services.embedding.model()
    except AtlasError:
        return (parts.shelf.current.model or None) if parts.shelf.current else None
