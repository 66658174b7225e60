"""Settle a job: what ended is recorded, what deserves another try is queued again; only then is the job done."""

from collections.abc import Iterable

from atlas_crawler.jobs import Job
from atlas_crawler.model import Failed, LinkFailed, Outcome, Task
from atlas_crawler.ports import Results, WorkQueue


class Settle:
    def __init__(self, results: Results, queue: WorkQueue, attempts: int) -> None:
        self._results = results
        self._queue = queue
        self._attempts = attempts

    def failed(self, crawl_id: str, task: Task, failure: LinkFailed) -> Outcome | Task:
        """The next try, while there are tries left and one may help; else the failure to record."""
        if failure.retry and task.attempt < self._attempts:
            return task.again()
        return Failed(crawl_id, task.link, task.attempt, failure.reason, str(failure))

    async def give_up(self, job: Job) -> None:
        """Record the links of a job that nobody has brought to an end."""
        reason = "the job was lost or failed too many times; see the crawler's log"
        await self(
            job.crawl_id, [Failed(job.crawl_id, task.link, task.attempt, "gave_up", reason) for task in job.tasks]
        )

    async def __call__(self, crawl_id: str, ends: Iterable[Outcome | Task]) -> None:
        ended: list[Outcome] = []
        again: list[Task] = []
        for end in ends:
            again.append(end) if isinstance(end, Task) else ended.append(end)
        if ended:
            await self._results.write(ended)
        if again:
            await self._queue.put(crawl_id, again)
