"""What processes cost: CPU time and memory."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time that these processes and their descendants have used, those that have ended included."""
    seconds = 0.0
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            for one in (process, *process.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    times = one.cpu_times()
                    seconds += times.user + times.system + times.children_user + times.children_system
    return seconds


def peak_mib(pid: int) -> float:
    """The most memory that the process has had resident at once."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def pids_of(program: str) -> list[int]:
    """Children of this process that run the program."""
    return [child.pid for child in psutil.Process().children(recursive=True) if child.name().startswith(program)]
