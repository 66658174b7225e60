"""How much memory each part takes at most, its worker processes included."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import psutil

from atlas_laptop.process import Process

SAMPLE_SECONDS = 0.5


class MemoryPeaks:
    """Samples resident memory for as long as `watch` runs."""

    def __init__(self) -> None:
        self.peaks: dict[str, int] = {}
        """Bytes, by part."""

    async def watch(self, processes: Mapping[str, Process]) -> None:
        while True:
            for name, process in list(processes.items()):
                self.peaks[name] = max(self.peaks.get(name, 0), _resident(process.pid))
            await asyncio.sleep(SAMPLE_SECONDS)


def _resident(pid: int) -> int:
    """Resident bytes of a process and all its descendants, 0 when it is gone."""
    total = 0
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
    return total
