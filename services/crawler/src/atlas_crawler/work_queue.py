"""Jobs on JetStream."""

import asyncio
from collections.abc import Iterable

from atlas_common.queue import CRAWL, Queue

from atlas_crawler.lanes import Lanes, subject_of_crawl
from atlas_crawler.model.links import Task


class JobQueue:
    def __init__(self, queue: Queue, lanes: Lanes) -> None:
        self._queue = queue
        self._lanes = lanes

    async def put(self, crawl_id: str, tasks: Iterable[Task]) -> None:
        jobs = self._lanes.jobs(crawl_id, tasks)
        await asyncio.gather(*(self._queue.publish(subject, job.encode()) for subject, job in jobs))

    async def left(self, crawl_id: str) -> int:
        """Jobs of the crawl that are not done: waiting, or being worked on by some replica."""
        return await self._queue.left(CRAWL, subject_of_crawl(crawl_id))
