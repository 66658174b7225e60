"""Starts parts in order, each once the one before it works; starts again what dies; stops them the other way round."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from atlas_common.stopping import cancel

from atlas_laptop.errors import PartNotReady
from atlas_laptop.process import Process, Surroundings

READY_SECONDS = 120.0
STEADY_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 30.0
ASK_AGAIN_SECONDS = 0.1

Probe = Callable[[], Awaitable[object]]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """A command to keep running, and a probe that raises until it does its work."""

    name: str
    command: str
    probe: Probe


class Supervisor:
    """Keeps every part running between entering and leaving the context."""

    def __init__(self, parts: Sequence[Part], surroundings: Surroundings, logs: Path, tell: Tell) -> None:
        self._parts = parts
        self._surroundings = surroundings
        self._logs = logs
        self._tell = tell
        self._stack = AsyncExitStack()
        self.processes: dict[str, Process] = {}

    async def __aenter__(self) -> "Supervisor":
        self._logs.mkdir(parents=True, exist_ok=True)
        async with self._stack as stack:
            for part in self._parts:
                await self._start_first(part, stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def log(self, name: str) -> Path:
        """Where the part's own words go."""
        return self._logs / f"{name}.log"

    async def _start_first(self, part: Part, stack: AsyncExitStack) -> None:
        started = time.monotonic()
        stack.push_async_callback(self._stop, part)
        process = await self._spawn(part)
        await self._wait_ready(part, process)
        self._tell(f"{part.name} works ({time.monotonic() - started:.1f} s)")
        watch = asyncio.create_task(self._keep_running(part), name=f"keep {part.name} running")
        stack.push_async_callback(cancel, watch)

    async def _spawn(self, part: Part) -> Process:
        process = await Process.start(part.command, self._surroundings, self.log(part.name))
        self.processes[part.name] = process
        return process

    async def _wait_ready(self, part: Part, process: Process) -> None:
        """Returns once the probe passes.

        Raises:
            PartNotReady: the process ended first, or time was up.
        """
        ended = asyncio.create_task(process.wait())
        ready = asyncio.create_task(_passes(part.probe))
        try:
            done, _ = await asyncio.wait({ended, ready}, timeout=READY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await cancel(ready)
            await cancel(ended)
        if ready not in done:
            how = _ending(ended.result()) if ended in done else f"does not work after {READY_SECONDS:.0f} s"
            raise PartNotReady(f"{part.name} {how}; its last words ({self.log(part.name)}):\n{self._last_words(part)}")

    async def _keep_running(self, part: Part) -> None:
        pause = 0.5
        while True:
            since = time.monotonic()
            how = _ending(await self.processes[part.name].wait())
            pause = 0.5 if time.monotonic() - since > STEADY_SECONDS else min(2 * pause, LONGEST_PAUSE_SECONDS)
            self._tell(f"{part.name} {how}: starting it again in {pause:.1f} s")
            await asyncio.sleep(pause)
            process = await self._spawn(part)
            try:
                await self._wait_ready(part, process)
            except PartNotReady as error:
                self._tell(str(error))
                await process.stop()
            else:
                self._tell(f"{part.name} works again")

    async def _stop(self, part: Part) -> None:
        if process := self.processes.pop(part.name, None):
            await process.stop()

    def _last_words(self, part: Part) -> str:
        return "\n".join(self.log(part.name).read_text(errors="replace").splitlines()[-15:])


async def _passes(probe: Probe) -> None:
    while True:
        try:
            await probe()
        except Exception:
            await asyncio.sleep(ASK_AGAIN_SECONDS)
        else:
            return


def _ending(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
