"""The network, asked with the frames of several pictures at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Self

from atlas_common.errors import BrokenInvariant
from atlas_common.logs import get_logger
from atlas_common.traces import span, under_way
from opentelemetry.context import Context

from atlas_embedding import metrics
from atlas_embedding.model import Frame, Frames, Vectors
from atlas_embedding.settings import ModelSettings
from atlas_embedding.waiting import take, tell, working

Predict = Callable[[Sequence[Frame]], Awaitable[Vectors]]
Entry = tuple[Frame, asyncio.Future[Vectors], Context]

log = get_logger(__name__)


class BatchedNetwork:
    """Joins frames into batches, several of which are under way at once. Use it as a context manager."""

    def __init__(self, predict: Predict, settings: ModelSettings) -> None:
        self._predict = predict
        self._settings = settings
        self._waiting: asyncio.Queue[Entry] = asyncio.Queue()
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        await self._stack.enter_async_context(working([self._send() for _ in range(self._settings.in_flight)]))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def features(self, frames: Frames) -> Sequence[Vectors]:
        """Vectors of each frame. Raises what the prediction raises."""
        loop = asyncio.get_running_loop()
        answers: list[asyncio.Future[Vectors]] = [loop.create_future() for _ in frames]
        for frame, answer in zip(frames, answers, strict=True):
            self._waiting.put_nowait((frame, answer, under_way()))
        return await asyncio.gather(*answers)

    async def _send(self) -> None:
        while True:
            await self._ask(await self._batch())

    async def _batch(self) -> Sequence[Entry]:
        async with self._turn:  # else all who wait would share what comes, and send small batches
            return await take(self._waiting, self._settings.batch, self._settings.batch_seconds)

    async def _ask(self, entries: Sequence[Entry]) -> None:
        """Answer the entries; where something is wrong with a batch, each alone, so that one does no harm to others."""
        frames = [frame for frame, _, _ in entries]
        metrics.BATCH_FRAMES.observe(len(frames))
        askers = [asking for _, _, asking in entries]
        try:
            with span("predict_batch", links=askers, frames=len(frames)), metrics.PREDICT_SECONDS.time():
                vectors = await self._predict(frames)
        except Exception as error:
            if isinstance(error, BrokenInvariant) and len(entries) > 1:
                log.warning("batch_asked_singly", frames=len(entries), error=str(error))
                for entry in entries:
                    await self._ask([entry])
                return
            for _, answer, _ in entries:
                tell(answer, error)
        else:
            for index, (_, answer, _) in enumerate(entries):
                tell(answer, {output: rows[index] for output, rows in vectors.items()})
