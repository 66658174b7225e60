"""Pacing: hosts that ask for time between requests, or show that they need it, get it, over all replicas.

A host's pace is a note that replicas share. Each request to such a host takes the next free moment by compare-and-swap,
so that no two requests of any replicas come closer than the delay. Hosts without a note cost nothing.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Protocol

from atlas_common.loops import every
from atlas_common.queue import Note
from atlas_common.stopping import unless

from atlas_crawler.model.exceptions import LinkFailed, NotYet

FIRST_DELAY = 0.5
LONGEST_DELAY = 300.0
LONGEST_REST = 3600.0  # of what a Retry-After asks for
PATIENCE = 10.0  # a job waits this long for its turn; then it makes room for others
RECOVERY = 0.8  # what a granted turn leaves of a delay that the host did not ask for
NEGLIGIBLE = 0.05
RETRY_SECONDS = 2.0  # until what replicas share is looked at again, where the queue failed to tell of it


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between requests, and the time of the next one that is not yet promised to anybody."""

    delay: float = 0
    next_at: float = 0


class SharedNotes(Protocol):
    async def read(self, key: str) -> Note: ...
    async def change(self, note: Note, value: bytes) -> bool: ...
    def watch(self) -> AsyncIterator[Note]: ...


class Pacing:
    def __init__(
        self,
        notes: SharedNotes,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        least: float = 0,
    ) -> None:
        """least: seconds between requests that every host gets, whether it asks for them or not."""
        self._notes = notes
        self._clock = clock
        self._sleep = sleep
        self._least = least
        self._paced: set[str] = set()

    async def follow(self, stop: asyncio.Event) -> None:
        """Learn which hosts have a pace, until `stop` is set."""
        await every(RETRY_SECONDS, lambda: unless(stop, self._learn()), stop)

    async def _learn(self) -> None:
        async for note in self._notes.watch():
            self._paced.add(note.key) if _pace(note).next_at else self._paced.discard(note.key)

    async def turn(self, host: str, asked: float) -> None:
        """Wait for the host's next free moment. `asked`: the delay that its robots.txt asks for.

        Raises `NotYet` when that moment is far off, and `LinkFailed` when the host asks for more than is sensible.
        """
        key = host.encode().hex()
        asked = max(asked, self._least)
        if not asked and key not in self._paced:
            return
        if asked > LONGEST_DELAY:
            raise LinkFailed("crawl_delay_too_long", f"the site's robots.txt asks for {asked:.0f} s between requests")

        def take(pace: Pace, now: float) -> Pace:
            if pace.next_at - now > PATIENCE:
                raise NotYet(pace.next_at - now)
            eased = pace.delay * RECOVERY
            delay = max(asked, eased if eased > NEGLIGIBLE else 0)
            return Pace(delay, max(now, pace.next_at) + delay if delay else 0)

        before = await self._change(key, take)
        await self._sleep(max(0.0, before.next_at - self._clock()))

    async def slow_down(self, host: str, rest: float) -> None:
        """The host is overrun, or says so: leave it alone for `rest` seconds, and ask half as often from then on."""

        def slower(pace: Pace, now: float) -> Pace:
            delay = min(max(2 * pace.delay, FIRST_DELAY), LONGEST_DELAY)
            return Pace(delay, max(pace.next_at, now + max(delay, min(rest, LONGEST_REST))))

        await self._change(host.encode().hex(), slower)

    async def _change(self, key: str, change: Callable[[Pace, float], Pace]) -> Pace:
        """Change the host's pace; what it was before."""
        while True:
            note = await self._notes.read(key)
            before = _pace(note)
            after = change(before, self._clock())
            if after == before or await self._notes.change(note, json.dumps(asdict(after)).encode()):
                self._paced.add(key)
                return before


def _pace(note: Note) -> Pace:
    return Pace(**json.loads(note.value)) if note.value else Pace()
