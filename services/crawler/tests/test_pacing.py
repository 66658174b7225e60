"""The pace of hosts, with a clock of its own."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from atlas_common.errors import Unavailable
from atlas_common.queue import Note
from atlas_crawler.model.exceptions import LinkFailed, NotYet
from atlas_crawler.web.pacing import LONGEST_DELAY, Pacing
from atlas_crawler.web.retry_after import seconds_to_wait


class Board:
    """Notes that replicas share."""

    def __init__(self) -> None:
        self.notes: dict[str, Note] = {}

    async def read(self, key: str) -> Note:
        await asyncio.sleep(0)
        return self.notes.get(key, Note(key, b"", 0))

    async def change(self, note: Note, value: bytes) -> bool:
        if self.notes.get(note.key, Note(note.key, b"", 0)).revision != note.revision:
            return False
        self.notes[note.key] = Note(note.key, value, note.revision + 1)
        return True

    async def watch(self) -> AsyncIterator[Note]:
        for note in list(self.notes.values()):
            yield note


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_a_host_that_asks_for_nothing_is_not_waited_for(clock: Clock) -> None:
    board = Board()
    await Pacing(board, clock, clock.sleep).turn("a.example", 0)
    assert (clock.slept, board.notes) == ([], {})


async def test_replicas_take_turns_at_a_host_that_asks_for_time(clock: Clock) -> None:
    board = Board()
    replicas = [Pacing(board, clock, clock.sleep) for _ in range(4)]
    await asyncio.gather(*(replica.turn("a.example", 2.0) for replica in replicas))
    assert sorted(clock.slept) == [0, 2, 4, 6]


async def test_replicas_leave_the_least_time_between_requests_to_any_host(clock: Clock) -> None:
    board = Board()
    replicas = [Pacing(board, clock, clock.sleep, least=1.5) for _ in range(3)]
    await asyncio.gather(*(replica.turn("a.example", 0) for replica in replicas))
    await replicas[0].turn("b.example", 0)
    assert sorted(clock.slept) == [0, 0, 1.5, 3]


async def test_a_host_that_asks_for_more_than_the_least_time_gets_it(clock: Clock) -> None:
    pacing = Pacing(Board(), clock, clock.sleep, least=1)
    for _ in range(3):
        await pacing.turn("a.example", 4.0)
    assert clock.slept == [0, 4, 8]


async def test_a_turn_that_is_far_off_is_not_waited_for(clock: Clock) -> None:
    pacing = Pacing(Board(), clock, clock.sleep)
    await pacing.slow_down("a.example", rest=60)
    with pytest.raises(NotYet) as caught:
        await pacing.turn("a.example", 0)
    assert caught.value.seconds == 60


async def test_a_host_s_delay_doubles_with_each_refusal_and_shrinks_with_each_turn(clock: Clock) -> None:
    board = Board()
    pacing = Pacing(board, clock, clock.sleep)
    for _ in range(3):
        await pacing.slow_down("a.example", rest=0)
    (slowest,) = board.notes.values()
    assert b'"delay": 2.0' in slowest.value
    for _ in range(40):
        clock.now += 10
        await pacing.turn("a.example", 0)
    (recovered,) = board.notes.values()
    assert b'"delay": 0' in recovered.value


class FailingBoard(Board):
    """Fails to tell of its notes at first."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = 1
        self.told = asyncio.Event()

    async def watch(self) -> AsyncIterator[Note]:
        if self.failures:
            self.failures -= 1
            raise Unavailable("the queue is away")
        for note in self.notes.values():
            yield note
        self.told.set()


async def test_what_other_replicas_found_is_learnt_although_the_queue_failed(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atlas_crawler.web.pacing.RETRY_SECONDS", 0)
    board, stop = FailingBoard(), asyncio.Event()
    await Pacing(board, clock, clock.sleep).slow_down("a.example", rest=5)
    other = Pacing(board, clock, clock.sleep)
    following = asyncio.create_task(other.follow(stop))
    await board.told.wait()
    stop.set()
    await following
    await other.turn("a.example", 0)
    assert clock.slept == [5]


async def test_a_host_that_asks_for_hours_between_requests_is_left_alone(clock: Clock) -> None:
    with pytest.raises(LinkFailed) as caught:
        await Pacing(Board(), clock, clock.sleep).turn("a.example", LONGEST_DELAY + 1)
    assert caught.value.reason == "crawl_delay_too_long"


@pytest.mark.parametrize(
    ("value", "seconds"), [("120", 120), ("", 0), ("soon", 0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)]
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float) -> None:
    assert seconds_to_wait(value) == seconds
