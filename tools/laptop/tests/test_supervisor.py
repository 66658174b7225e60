import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from atlas_laptop.errors import PartNotReady
from atlas_laptop.process import Surroundings
from atlas_laptop.supervisor import Part, Supervisor


class Fixture:
    """Supervises shell commands in a folder, and keeps what it was told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[str] = []

    def supervise(self, *parts: Part) -> Supervisor:
        surroundings = Surroundings(self.folder, {"PATH": os.environ["PATH"]})
        return Supervisor(parts, surroundings, self.folder / "logs", self.told.append)

    def part(self, name: str, command: str) -> Part:
        """A part that works once a file of its name exists."""
        return Part(name, command, lambda: exists(self.folder / name))


@pytest.fixture
def fixture(tmp_path: Path) -> Fixture:
    return Fixture(tmp_path)


async def exists(file: Path) -> None:
    file.stat()


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_part_starts_only_once_the_one_before_it_works(fixture: Fixture) -> None:
    store = fixture.part("store", "sh -c 'sleep 0.2; touch store; sleep 60'")
    queue = fixture.part("queue", "sh -c 'test -e store && touch queue; sleep 60'")
    async with fixture.supervise(store, queue):
        assert (fixture.folder / "queue").exists()


async def test_a_part_that_ends_before_it_works_is_reported_with_its_last_words(fixture: Fixture) -> None:
    broken = fixture.part("store", "sh -c 'echo the disk is full; exit 3'")
    with pytest.raises(PartNotReady, match=r"(?s)store ended with code 3.*the disk is full"):
        await fixture.supervise(broken).__aenter__()


async def test_parts_that_run_are_stopped_when_a_later_one_fails(fixture: Fixture) -> None:
    store = fixture.part("store", "sh -c 'echo $$ > store; exec sleep 60'")
    with pytest.raises(PartNotReady):
        await fixture.supervise(store, fixture.part("queue", "false")).__aenter__()
    assert not is_running(int((fixture.folder / "store").read_text()))


async def test_a_part_that_is_killed_is_started_again(fixture: Fixture) -> None:
    async with fixture.supervise(fixture.part("store", "sh -c 'touch store; exec sleep 60'")) as supervisor:
        first = supervisor.processes["store"].pid
        os.kill(first, signal.SIGKILL)
        await until(lambda: "store works again" in fixture.told)
        assert supervisor.processes["store"].pid != first
    assert any(line.startswith("store was ended by SIGKILL: starting it again") for line in fixture.told)


async def test_nothing_that_a_part_started_outlives_it(fixture: Fixture) -> None:
    worker = "sh -c 'sleep 60 & echo $! > pid; mv pid store; wait'"
    async with fixture.supervise(fixture.part("store", worker)):
        pid = int((fixture.folder / "store").read_text())
        assert is_running(pid)
    await until(lambda: not is_running(pid))


async def test_what_a_part_says_goes_to_a_file(fixture: Fixture) -> None:
    async with fixture.supervise(fixture.part("store", "sh -c 'echo ready; touch store; sleep 60'")) as supervisor:
        assert supervisor.log("store").read_text() == "ready\n"


async def test_parts_end_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "supervise.py"
    program.write_text(
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from atlas_laptop.process import Process, Surroundings\n"
        "async def main():\n"
        "    process = await Process.start('sleep 60', Surroundings(Path('.'), os.environ), Path(sys.argv[1]))\n"
        "    print(process.pid, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable, program, tmp_path / "log", stdout=asyncio.subprocess.PIPE
    )
    output, _ = await supervisor.communicate()
    await until(lambda: not is_running(int(output)))
