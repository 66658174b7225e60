"""How many bytes are in memory at once."""

import asyncio
from contextlib import ExitStack

from atlas_common.held import HeldBytes


async def test_who_finds_no_room_waits_until_it_is_given_back() -> None:
    held = HeldBytes(100)
    with ExitStack() as hold:
        await held.take(hold, 60)
        waiting = asyncio.create_task(held.take(ExitStack(), 60))
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting


async def test_what_fits_does_not_overtake_what_has_to_wait() -> None:
    held = HeldBytes(100)
    with ExitStack() as hold:
        await held.take(hold, 60)
        large, small = (asyncio.create_task(held.take(ExitStack(), size)) for size in (60, 10))
        looking = asyncio.create_task(held.some())
        await asyncio.sleep(0)
        assert not any(waiting.done() for waiting in (large, small, looking))
    await asyncio.gather(large, small, looking)


async def test_who_gives_up_waiting_holds_nobody_up() -> None:
    held = HeldBytes(100)
    with ExitStack() as hold:
        await held.take(hold, 60)
        large, small = (asyncio.create_task(held.take(ExitStack(), size)) for size in (60, 10))
        await asyncio.sleep(0)
        large.cancel()
        await small


async def test_what_needs_more_than_all_the_room_has_it_to_itself() -> None:
    held = HeldBytes(100)
    with ExitStack() as hold:
        await held.take(hold, 1)
        waiting = asyncio.create_task(held.take(ExitStack(), 500))
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting


async def test_there_is_no_room_at_all_until_something_is_given_back() -> None:
    held = HeldBytes(100)
    with ExitStack() as hold:
        await held.take(hold, 100)
        waiting = asyncio.create_task(held.some())
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting


async def test_who_asks_again_gives_back_first_so_that_nobody_waits_for_ever() -> None:
    held = HeldBytes(100)

    async def ask_twice() -> None:
        with ExitStack() as hold:
            await held.take(hold, 50)
            await asyncio.sleep(0)
            await held.take(hold, 60)

    await asyncio.gather(ask_twice(), ask_twice())
    with ExitStack() as hold:
        await held.take(hold, 100)
