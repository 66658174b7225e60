"""Fetch the images of a job one after another over one connection, and keep each while the next one comes."""

import asyncio
from contextlib import ExitStack
from functools import partial

from atlas_common.held import HeldBytes

from atlas_crawler.jobs import REST_SECONDS, Job
from atlas_crawler.keep_image import KeepImage
from atlas_crawler.model.exceptions import LinkFailed, Moved, NotModified, NotYet
from atlas_crawler.model.links import Task
from atlas_crawler.model.outcomes import End, Failed, Stored, Unchanged
from atlas_crawler.ports import Images
from atlas_crawler.settle import Settle
from atlas_crawler.wanted import Wanted


class FetchImages:
    def __init__(self, wanted: Wanted, images: Images, held: HeldBytes, keep: KeepImage, settle: Settle) -> None:
        self._wanted = wanted
        self._images = images
        self._held = held
        self._keep = keep
        self._settle = settle

    async def __call__(self, job: Job) -> list[End]:
        """What became of the job's links; those that a stopped crawl leaves over stay open."""
        ends: list[End] = []
        async with asyncio.TaskGroup() as keeping:
            kept: list[asyncio.Task[Stored | Failed]] = []
            for number, task in enumerate(job.tasks):
                if not await self._wanted.crawl(job.crawl_id):
                    break
                await self._held.some()
                try:
                    self._wanted.check(task)
                    kept.append(await self._fetch(job.crawl_id, task, keeping))
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
        return [*ends, *(task.result() for task in kept)]

    async def _fetch(self, crawl_id: str, task: Task, keeping: asyncio.TaskGroup) -> asyncio.Task[Stored | Failed]:
        """Fetch the image; it is kept by a task of its own, and nobody else refers to its bytes."""
        with ExitStack() as hold:
            content, validators = await self._images.image(task, partial(self._held.take, hold))
            kept = keeping.create_task(self._keep(crawl_id, task, content, validators))
            kept.add_done_callback(partial(_close, hold.pop_all()))
            return kept


def _close(hold: ExitStack, _: asyncio.Task[Stored | Failed]) -> None:
    hold.close()
