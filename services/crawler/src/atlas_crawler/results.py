"""Results: recorded in batches, then announced to embedding."""

import asyncio
from collections.abc import Iterable

from atlas_common.queue import Queue
from atlas_common.traces import span, sticker

from atlas_crawler import metrics
from atlas_crawler.group_commit import GroupCommit
from atlas_crawler.ledger import LanceLedger
from atlas_crawler.model.outcomes import Outcome

EMBED_SUBJECT = "embed.image"


class RecordedResults:
    def __init__(self, ledger: LanceLedger, queue: Queue, commit_seconds: float) -> None:
        self._ledger = ledger
        self._queue = queue
        self._commits: GroupCommit[Outcome] = GroupCommit(self._commit, commit_seconds)

    async def write(self, outcomes: Iterable[Outcome]) -> None:
        await self._commits.write(outcomes)

    async def _commit(self, outcomes: list[Outcome]) -> None:
        new = await self._ledger.record(outcomes)
        metrics.count(outcomes, frozenset(new))
        await asyncio.gather(*map(self._announce, new))

    async def _announce(self, sha256: str) -> None:
        with span("queue_for_embedding", parent=sticker(sha256)):
            await self._queue.publish(EMBED_SUBJECT, sha256.encode(), message_id=sha256)
