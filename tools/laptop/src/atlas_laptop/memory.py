"""How much memory each part takes at most, its worker processes included."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import psutil

from atlas_laptop.process import Process

SAMPLE_SECONDS = 0.5


@asynccontextmanager
async def memory_peaks(processes: Mapping[str, Process]) -> AsyncIterator[Mapping[str, int]]:
    """Samples resident memory while the block runs: the highest sum so far in bytes, by part."""
    peaks: dict[str, int] = {}
    sampler = asyncio.create_task(_sample(processes, peaks))
    try:
        yield peaks
    finally:
        sampler.cancel()


async def _sample(processes: Mapping[str, Process], peaks: dict[str, int]) -> None:
    while True:
        for name, process in list(processes.items()):
            peaks[name] = max(peaks.get(name, 0), _resident(process.pid))
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
