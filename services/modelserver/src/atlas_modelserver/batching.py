"""Joins requests into batches of the sizes that an engine likes best, as TensorFlow Serving's batching does."""

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from atlas_common.errors import InvalidInput, Unavailable
from prometheus_client import Counter, Histogram

from atlas_modelserver.model import Engine, Tensors
from atlas_modelserver.pieces import Outputs, Piece, answer, concatenate, fail, join, split

BATCH_ROWS = Histogram("atlas_modelserver_batch_rows", "Rows of a batch", buckets=[1, 2, 4, 8, 16, 32, 64])
BATCH_SECONDS = Histogram("atlas_modelserver_batch_seconds", "Time that the engine took for a batch")
WAIT_SECONDS = Histogram("atlas_modelserver_wait_seconds", "Time that rows waited for their batch")
PADDING_ROWS = Counter("atlas_modelserver_padding_rows_total", "Rows computed only to fill a batch up")


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """How requests become batches.

    sizes: what batches are filled up to; a larger request is split. timeout: longest wait for more rows, in seconds.
    queue: full batches that may wait. parallel: batches that the engine computes at once.
    """

    sizes: tuple[int, ...]
    timeout: float
    queue: int
    parallel: int

    @property
    def largest(self) -> int:
        return max(self.sizes)

    def filled(self, rows: int) -> int:
        return min(size for size in self.sizes if size >= rows)


class Batcher:
    """Batches the calls of one engine, from `start` until `close`."""

    def __init__(self, engine: Engine, policy: BatchPolicy) -> None:
        self._engine = engine
        self._policy = policy
        self._waiting: deque[Piece] = deque()
        self._arrival = asyncio.Event()
        self._closing = False

    def start(self) -> None:
        self._threads = ThreadPoolExecutor(self._policy.parallel, thread_name_prefix="engine")
        self._lanes = [asyncio.create_task(self._serve_batches()) for _ in range(self._policy.parallel)]

    async def close(self) -> None:
        """Return once all that waits has been answered."""
        self._closing = True
        self._arrival.set()
        await asyncio.gather(*self._lanes)
        self._threads.shutdown()

    async def run(self, inputs: Tensors) -> Outputs:
        """Outputs for `inputs`, whose first dimensions agree. A caller that is cancelled leaves the queue.

        Raises:
            InvalidInput: there are no rows.
            Unavailable: the queue is full, or closed.
        """
        if self._closing:
            raise Unavailable("the model is being unloaded", reason="model_unloading")
        rows = len(next(iter(inputs.values())))
        if rows == 0:
            raise InvalidInput("a batch must have at least one row", reason="empty_batch")
        if sum(piece.rows for piece in self._waiting) + rows > self._policy.queue * self._policy.largest:
            raise Unavailable(
                "The batch scheduling queue to which this task was submitted is full", reason="queue_full"
            )
        loop = asyncio.get_running_loop()
        pieces = [
            Piece(part, len(next(iter(part.values()))), loop.time(), loop.create_future())
            for part in split(inputs, rows, self._policy.largest)
        ]
        self._waiting.extend(pieces)
        self._arrival.set()
        answers = await asyncio.gather(*(piece.outputs for piece in pieces))
        return answers[0] if len(answers) == 1 else concatenate(answers)

    async def _serve_batches(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting or not self._closing:
            batch = await self._next_batch()
            if not batch:
                continue
            try:
                outputs = await loop.run_in_executor(self._threads, self._compute, batch)
            except Exception as error:  # the callers get it, whatever it is
                fail(batch, error)
            else:
                answer(batch, outputs)

    async def _next_batch(self) -> list[Piece]:
        """The pieces of the next batch, once it is full or its first piece has waited long enough; or none."""
        while not self._waiting:
            if self._closing:
                return []
            await self._next_arrival(None)
        deadline = self._waiting[0].arrived + self._policy.timeout
        while 0 < sum(piece.rows for piece in self._waiting) < self._policy.largest:
            remaining = deadline - asyncio.get_running_loop().time()
            if remaining <= 0:
                break
            with suppress(TimeoutError):
                await self._next_arrival(remaining)
        return self._take()

    async def _next_arrival(self, within: float | None) -> None:
        self._arrival.clear()
        await asyncio.wait_for(self._arrival.wait(), within)

    def _take(self) -> list[Piece]:
        batch: list[Piece] = []
        room = self._policy.largest
        while self._waiting and self._waiting[0].rows <= room:
            piece = self._waiting.popleft()
            if not piece.outputs.done():
                batch.append(piece)
                room -= piece.rows
        now = asyncio.get_running_loop().time()
        for piece in batch:
            WAIT_SECONDS.observe(now - piece.arrived)
        return batch

    def _compute(self, batch: Sequence[Piece]) -> Outputs:
        rows = sum(piece.rows for piece in batch)
        filled = self._policy.filled(rows)
        BATCH_ROWS.observe(rows)
        PADDING_ROWS.inc(filled - rows)
        with BATCH_SECONDS.time():
            return self._engine.run(join([piece.inputs for piece in batch], filled))
