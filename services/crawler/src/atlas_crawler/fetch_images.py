"""Fetch the images of a job one after another over one connection, and keep each while the next one comes."""

import asyncio

from atlas_crawler.held import HeldBytes
from atlas_crawler.jobs import Job
from atlas_crawler.keep_image import KeepImage
from atlas_crawler.model import (
    Failed,
    LinkFailed,
    Moved,
    NotModified,
    NotYet,
    Outcome,
    Stored,
    Task,
    Unchanged,
    Validators,
)
from atlas_crawler.ports import Images
from atlas_crawler.settle import Settle
from atlas_crawler.wanted import Wanted

REST_SECONDS = 5.0  # a job whose host wants to be left alone keeps its place this long, then goes to the end


class FetchImages:
    def __init__(self, wanted: Wanted, images: Images, held: HeldBytes, keep: KeepImage, settle: Settle) -> None:
        self._wanted = wanted
        self._images = images
        self._held = held
        self._keep = keep
        self._settle = settle

    async def __call__(self, job: Job) -> None:
        """Work on the job until it is done, or until its crawl no longer runs: links left over stay open."""
        ends: list[Outcome | Task] = []
        async with asyncio.TaskGroup() as keeping:
            kept: list[asyncio.Task[Stored | Failed]] = []
            for number, task in enumerate(job.tasks):
                if not await self._wanted.crawl(job.crawl_id):
                    break
                await self._held.room()
                try:
                    self._wanted.check(task.link)
                    content, validators = await self._images.image(task)
                except NotYet as host:
                    ends.extend(job.tasks[number:])
                    await asyncio.sleep(min(host.seconds, REST_SECONDS))
                    break
                except NotModified as seen:
                    ends.append(Unchanged(job.crawl_id, task.link, seen.known))
                except Moved as moved:
                    ends.append(task.moved(moved.to))
                except LinkFailed as failure:
                    ends.append(self._settle.failed(job.crawl_id, task, failure))
                else:
                    kept.append(keeping.create_task(self._keep_held(job.crawl_id, task, content, validators)))
        await self._settle(job.crawl_id, [*ends, *(task.result() for task in kept)])

    async def _keep_held(self, crawl_id: str, task: Task, content: bytes, validators: Validators) -> Stored | Failed:
        with self._held.hold(len(content)):
            return await self._keep(crawl_id, task, content, validators)
