import asyncio

from atlas_common.errors import Unavailable
from atlas_common.loops import every, first_of


async def test_waiting_ends_with_the_first_event() -> None:
    late, soon = asyncio.Event(), asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, soon.set)
    async with asyncio.timeout(60):
        await first_of(late, soon, seconds=3600)


async def test_waiting_ends_when_its_time_is_over() -> None:
    async with asyncio.timeout(60):
        await first_of(asyncio.Event(), seconds=0.01)


async def test_work_is_done_again_after_a_part_was_away() -> None:
    stop, tries = asyncio.Event(), 0

    async def work() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise Unavailable("the store does not answer")
        stop.set()

    await every(0.01, work, stop)
    assert tries == 2
