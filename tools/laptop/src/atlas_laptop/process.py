"""One part as an operating-system process that never outlives its supervisor."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

GRACE_SECONDS = 30.0  # services take 25 at most
LEASH = Path(__file__).with_name("leash.py")


@dataclass(frozen=True)
class Surroundings:
    """The working folder and the environment that a command starts in."""

    folder: Path
    environment: Mapping[str, str]


class Process:
    """A running command with its process group and its log file."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, command: str, surroundings: "Surroundings", log: Path) -> "Process":
        """Runs a shell command in a process group of its own, so that Ctrl-C reaches the supervisor alone."""
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-S", LEASH, str(os.getpid())),
                "/bin/sh",
                "-c",
                f"exec {command}",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                cwd=surroundings.folder,
                env=surroundings.environment,
                start_new_session=True,
            )
        return cls(process)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait(self) -> int:
        """The exit code, negative for a signal; whatever the process left running in its group is killed."""
        code = await self._process.wait()
        self._signal(signal.SIGKILL)
        return code

    async def stop(self) -> None:
        """Asks the process to end, and kills its group when it has not within the time of grace."""
        if self._process.returncode is None:
            self._process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await self._process.wait()
        self._signal(signal.SIGKILL)
        await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)
