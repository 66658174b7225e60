"""Fetch the images of a job one after another over one connection, and keep each while the next one comes."""

import asyncio

from atlas_crawler.jobs import Job
from atlas_crawler.keep_image import KeepImage
from atlas_crawler.model import CrawlState, Failed, LinkFailed, Moved, Outcome, Stored, Task
from atlas_crawler.ports import Crawls, Images
from atlas_crawler.settle import Settle


class FetchImages:
    def __init__(self, crawls: Crawls, images: Images, keep: KeepImage, settle: Settle) -> None:
        self._crawls = crawls
        self._images = images
        self._keep = keep
        self._settle = settle

    async def __call__(self, job: Job) -> None:
        """Work on the job until it is done, or until its crawl no longer runs: links left over stay open."""
        ends: list[Outcome | Task] = []
        async with asyncio.TaskGroup() as keeping:
            kept: list[asyncio.Task[Stored | Failed]] = []
            for task in job.tasks:
                if (await self._crawls.recent(job.crawl_id)).state is not CrawlState.RUNNING:
                    break
                try:
                    content, validators = await self._images.image(task)
                except Moved as moved:
                    ends.append(task.moved(moved.to))
                except LinkFailed as failure:
                    ends.append(self._settle.failed(job.crawl_id, task, failure))
                else:
                    kept.append(keeping.create_task(self._keep(job.crawl_id, task, content, validators)))
        await self._settle(job.crawl_id, [*ends, *(task.result() for task in kept)])
