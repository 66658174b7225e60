"""Pictures that could not be embedded are tried again when a person says so."""

from collections.abc import Awaitable, Callable, Sequence

from atlas_embedding.ports import Failures


class RetryFailures:
    """What is forgotten but not queued, since this process died between, the reconciler finds."""

    def __init__(self, failures: Failures, enqueue: Callable[[str], Awaitable[None]]) -> None:
        self._failures = failures
        self._enqueue = enqueue

    async def __call__(self, reasons: Sequence[str]) -> int:
        """Queue what failed for one of the reasons, or for any; how many pictures those are."""
        forgotten = await self._failures.forget(reasons)
        for sha256 in forgotten:
            await self._enqueue(sha256)
        return len(forgotten)
