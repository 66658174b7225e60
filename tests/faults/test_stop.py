"""However the supervisor ends, none of its processes outlives it and every port is free again."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from atlas_cli.gateway import find_gateway
from atlas_laptop.credentials import read_environment
from atlas_laptop.installation import SERVICES
from atlas_laptop.probes import service_works

pytestmark = pytest.mark.faults


class Up:
    """A running `make up`, and what it started."""

    def __init__(self, process: asyncio.subprocess.Process, data: Path) -> None:
        self.process = process
        self.parts = psutil.Process(process.pid).children(recursive=True)
        environment = read_environment(data / "atlas.env")
        self.ports = [int(environment[f"ATLAS_{one.upper()}_LISTEN"].rpartition(":")[2]) for one in SERVICES]

    async def end(self, number: signal.Signals) -> int:
        os.kill(self.process.pid, number)
        return await self.process.wait()


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    command = (sys.executable, "-m", "atlas_laptop", "up", "--data", str(tmp_path / "data"))
    said = tmp_path / "said"
    with said.open("wb") as output:
        process = await asyncio.create_subprocess_exec(*command, stdout=output)
    try:
        while "The gallery is at" not in said.read_text():
            assert process.returncode is None, said.read_text()
            await asyncio.sleep(0.1)
        await service_works(f"{find_gateway({}, tmp_path / 'data' / 'atlas.env').url}/readyz")
        yield Up(process, tmp_path / "data")
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_everything_in_order(up: Up, number: signal.Signals) -> None:
    assert await up.end(number) == 0
    await gone(up.parts)
    assert listening(up.ports) == []


async def test_parts_end_with_a_supervisor_that_is_killed(up: Up) -> None:
    assert await up.end(signal.SIGKILL) == -signal.SIGKILL
    await gone(up.parts)
    assert listening(up.ports) == []


async def gone(parts: list[psutil.Process]) -> None:
    """What was killed may take a moment to end."""
    while running(parts):
        await asyncio.sleep(0.1)


def running(parts: list[psutil.Process]) -> list[psutil.Process]:
    """Those that have not ended; one that has, and waits for init to notice, is no process any more."""
    found = []
    for part in parts:
        with suppress(psutil.NoSuchProcess):
            if part.is_running() and part.status() != psutil.STATUS_ZOMBIE:
                found.append(part)
    return found


def listening(ports: list[int]) -> list[int]:
    """Those of the ports on which someone listens."""
    taken = {connection.laddr.port for connection in psutil.net_connections("tcp") if connection.status == "LISTEN"}
    return sorted(taken.intersection(ports))
