import asyncio
from contextlib import suppress

import pytest
from atlas_common.stopping import cancel, finish, unless, until


async def work(result: str = "done", seconds: float = 0) -> str:
    await asyncio.sleep(seconds)
    return result


async def fail() -> str:
    raise ValueError("broken")


async def test_work_comes_to_an_end_unless_told_to_stop_before() -> None:
    stop = asyncio.Event()
    assert await unless(stop, work()) == "done"
    stop.set()
    assert await unless(stop, work(seconds=60)) is None


async def test_work_that_nobody_waits_for_any_more_is_cancelled() -> None:
    ended = asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(unless(asyncio.Event(), endless()))
    while len(asyncio.all_tasks()) < 3:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert ended.is_set()


async def test_what_comes_together_with_the_stop_is_not_lost() -> None:
    stop = asyncio.Event()

    async def stubborn() -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return "done"

    asyncio.get_running_loop().call_soon(stop.set)
    assert await unless(stop, stubborn()) == "done"


async def test_what_fails_because_it_is_stopped_is_nobodys_concern() -> None:
    stop = asyncio.Event()

    async def fragile() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("broken")

    asyncio.get_running_loop().call_soon(stop.set)
    assert await unless(stop, fragile()) is None


async def test_a_task_that_misses_a_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atlas_common.stopping.AGAIN_SECONDS", 0.01)

    async def deaf() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await cancel(task)
    assert task.cancelled()


async def test_the_first_task_that_fails_says_why() -> None:
    waiting = asyncio.create_task(work(seconds=60))
    with pytest.raises(ValueError, match="broken"):
        await until(asyncio.Event(), [waiting, asyncio.create_task(fail())])
    waiting.cancel()


async def test_a_task_that_does_not_finish_in_time_is_cancelled() -> None:
    stop = asyncio.Event()
    stop.set()
    prompt, late = asyncio.create_task(stop.wait()), asyncio.create_task(asyncio.Event().wait())
    await finish([prompt, late], seconds=0.01)
    assert (prompt.cancelled(), late.cancelled()) == (False, True)
