import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np
import pytest
from atlas_common.errors import InvalidInput, Unavailable
from atlas_modelserver.batching import Batcher, BatchPolicy
from atlas_modelserver.model import Engine, Tensors

from services.modelserver.tests.fakes import POLICY, BrokenEngine, SummingEngine


def rows(*values: int) -> Tensors:
    return {"images": np.array([[value, value] for value in values], np.uint8)}


@asynccontextmanager
async def started(engine: Engine, policy: BatchPolicy = POLICY) -> AsyncIterator[Batcher]:
    batcher = Batcher(engine, policy)
    batcher.start()
    yield batcher
    await batcher.close()


async def until_busy(engine: SummingEngine) -> None:
    while not engine.batches:
        await asyncio.sleep(0)


async def test_requests_that_wait_together_share_a_batch_and_each_gets_its_own_rows() -> None:
    engine = SummingEngine()
    async with started(engine) as batcher:
        one, two = await asyncio.gather(batcher.run(rows(1)), batcher.run(rows(2, 3, 4)))
    assert [len(batch) for batch in engine.batches] == [4]
    np.testing.assert_array_equal(one["sums"], [2])
    np.testing.assert_array_equal(two["doubles"], [[4, 4], [6, 6], [8, 8]])


async def test_a_batch_is_filled_up_to_an_allowed_size() -> None:
    engine = SummingEngine()
    async with started(engine) as batcher:
        outputs = await batcher.run(rows(1, 2, 3))
    np.testing.assert_array_equal(engine.batches[0], [[1, 1], [2, 2], [3, 3], [0, 0]])
    np.testing.assert_array_equal(outputs["sums"], [2, 4, 6])


async def test_a_request_larger_than_any_batch_is_split_and_put_together_again() -> None:
    engine = SummingEngine()
    async with started(engine, replace(POLICY, queue=10)) as batcher:
        outputs = await batcher.run(rows(*range(10)))
    assert [len(batch) for batch in engine.batches] == [4, 4, 2]
    np.testing.assert_array_equal(outputs["sums"], [2 * value for value in range(10)])


async def test_a_lone_request_waits_no_longer_than_the_timeout_for_company() -> None:
    engine = SummingEngine()
    async with started(engine, replace(POLICY, timeout=0.01)) as batcher:
        await batcher.run(rows(1))
    assert [len(batch) for batch in engine.batches] == [1]


async def test_a_full_queue_refuses() -> None:
    engine = SummingEngine()
    engine.gate.clear()
    async with started(engine) as batcher:
        busy = asyncio.create_task(batcher.run(rows(0)))
        await until_busy(engine)
        waiting = asyncio.create_task(batcher.run(rows(*range(8))))
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="queue to which this task was submitted is full"):
            await batcher.run(rows(1))
        engine.gate.set()
        await asyncio.gather(busy, waiting)


async def test_a_caller_that_gave_up_costs_the_engine_nothing() -> None:
    engine = SummingEngine()
    engine.gate.clear()
    async with started(engine) as batcher:
        busy = asyncio.create_task(batcher.run(rows(0)))
        await until_busy(engine)
        given_up = asyncio.create_task(batcher.run(rows(7)))
        await asyncio.sleep(0)
        given_up.cancel()
        engine.gate.set()
        await asyncio.gather(busy, batcher.run(rows(1)))
    assert [batch[0, 0] for batch in engine.batches] == [0, 1]


async def test_an_engine_that_fails_fails_its_batch_alone() -> None:
    async with started(BrokenEngine()) as batcher:
        for _ in range(2):
            with pytest.raises(RuntimeError, match="out of cheese"):
                await batcher.run(rows(1))


async def test_closing_answers_what_is_waiting() -> None:
    engine = SummingEngine()
    engine.gate.clear()
    batcher = Batcher(engine, POLICY)
    batcher.start()
    calls = [asyncio.create_task(batcher.run(rows(value))) for value in range(6)]
    await until_busy(engine)
    closing = asyncio.create_task(batcher.close())
    engine.gate.set()
    answers = await asyncio.gather(*calls)
    await closing
    assert [answer["sums"][0] for answer in answers] == [0, 2, 4, 6, 8, 10]


async def test_what_comes_after_the_close_is_refused() -> None:
    async with started(SummingEngine()) as batcher:
        pass
    with pytest.raises(Unavailable, match="being unloaded"):
        await batcher.run(rows(1))


async def test_an_empty_batch_is_refused() -> None:
    async with started(SummingEngine()) as batcher:
        with pytest.raises(InvalidInput, match="at least one row"):
            await batcher.run({"images": np.zeros((0, 2), np.uint8)})
