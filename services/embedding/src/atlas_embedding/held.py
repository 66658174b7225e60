"""Jobs taken from the queue and not settled yet."""

import asyncio

from atlas_embedding.ports import Job


class HeldJobs:
    """Tells the queue now and then that they are still being worked on, so that no other replica gets them."""

    def __init__(self, every_seconds: float) -> None:
        self._every_seconds = every_seconds
        self._jobs: set[Job] = set()

    def hold(self, job: Job) -> None:
        self._jobs.add(job)

    def release(self, job: Job) -> None:
        self._jobs.discard(job)

    async def keep(self) -> None:
        """Runs until it is cancelled."""
        while True:
            await asyncio.sleep(self._every_seconds)
            for job in list(self._jobs):
                await job.still_busy()
