import asyncio

import pytest
from atlas_gateway.shared import SHARE, Shared


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Sight:
    """Counts the looks at it, each of which takes so many seconds."""

    def __init__(self, clock: Clock, seconds: float = 0) -> None:
        self.clock = clock
        self.seconds = seconds
        self.looks = 0

    async def __call__(self) -> int:
        await asyncio.sleep(0)
        self.clock.now += self.seconds
        self.looks += 1
        return self.looks


async def test_all_who_ask_within_a_moment_share_one_look() -> None:
    clock = Clock()
    sight, shared = Sight(clock), Shared[int](1.0, clock)
    assert await asyncio.gather(*(shared.get(sight) for _ in range(5))) == [1] * 5
    clock.now += 1
    assert await shared.get(sight) == 2


async def test_looking_that_takes_long_is_done_less_often() -> None:
    clock = Clock()
    sight, shared = Sight(clock, seconds=3), Shared[int](1.0, clock)
    await shared.get(sight)
    clock.now += SHARE * 3 - 1
    assert await shared.get(sight) == 1
    clock.now += 1
    assert await shared.get(sight) == 2


async def test_who_asks_after_a_failure_looks_again() -> None:
    async def fail() -> int:
        raise ValueError("nothing to see")

    clock = Clock()
    shared = Shared[int](1.0, clock)
    with pytest.raises(ValueError, match="nothing to see"):
        await shared.get(fail)
    assert await shared.get(Sight(clock)) == 1
