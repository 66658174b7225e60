"""Settle what became of links: what deserves another try is queued again, what ended is recorded."""

from collections.abc import Sequence

from atlas_crawler.jobs import Job
from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.links import Task
from atlas_crawler.model.outcomes import End, Failed
from atlas_crawler.ports import Results, WorkQueue


class Settle:
    def __init__(self, results: Results, queue: WorkQueue, attempts: int) -> None:
        self._results = results
        self._queue = queue
        self._attempts = attempts

    def failed(self, crawl_id: str, task: Task, failure: LinkFailed) -> End:
        """The next try, while there are tries left and one may help; else the failure to record."""
        if failure.retry and task.attempt < self._attempts:
            return task.again()
        return Failed(crawl_id, task.link, task.attempt, failure.reason, str(failure))

    def give_up(self, job: Job) -> list[End]:
        """How the links of a job end that nobody has brought to an end."""
        reason = "the job was lost or failed too many times; see the crawler's log"
        return [Failed(job.crawl_id, task.link, task.attempt, "gave_up", reason) for task in job.tasks]

    async def requeue(self, crawl_id: str, ends: Sequence[End]) -> None:
        """Queue the tries that are left."""
        if again := [end for end in ends if isinstance(end, Task)]:
            await self._queue.put(crawl_id, again)

    async def record(self, ends: Sequence[End]) -> None:
        """Return once what ended is in the tables. Raises `Unavailable`."""
        if ended := [end for end in ends if not isinstance(end, Task)]:
            await self._results.write(ended)
