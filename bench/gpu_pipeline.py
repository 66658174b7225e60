"""Stickers through replicas of the service on the cores of a GPU node, and what the GPU does meanwhile."""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import nan
from pathlib import Path
from statistics import median

from embed_rig import STAND_IN, rig
from embed_runs import Bench, Run

ASK = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "--loop-ms=250"]


@dataclass(frozen=True)
class Loaded:
    """A run of so many replicas. busy: percent of the time in which the GPU computed, the median while it had work."""

    replicas: int
    run: Run
    busy: float

    @property
    def cores(self) -> float:
        """That all parts together used."""
        return sum(self.run.cpu.values()) * self.run.per_second / 1e3


async def loaded(
    folder: Path, model: str, pictures: Iterator[bytes], each: int, replicas: Sequence[int], command: str = STAND_IN
) -> AsyncIterator[Loaded]:
    """`each` pictures a replica through these numbers of replicas, each of which has a model server of its own.

    command: starts a model server; the stand-in with a null model if it is left out.
    """
    async with rig(folder, "null", command, max(replicas)) as parts:
        bench = Bench(parts, model, pictures)
        for number in replicas:
            with gpu_watched() as samples:
                run = await bench.run(f"{number} replicas", each * number, number)
            yield Loaded(number, run, median([sample for sample in samples if sample] or [nan]))


@contextmanager
def gpu_watched() -> Iterator[list[float]]:
    """Fills the list with the GPU's load in percent when the context is left; nothing where there is no such GPU."""
    samples: list[float] = []
    try:
        watch = subprocess.Popen(ASK, stdout=subprocess.PIPE, text=True)
    except FileNotFoundError:
        yield samples
        return
    try:
        yield samples
    finally:
        watch.terminate()
        samples += [float(line) for line in watch.communicate()[0].splitlines() if line.strip().isdigit()]


@contextmanager
def first_cores(number: int) -> Iterator[None]:
    """Keeps this process, and those that it starts, on so many cores."""
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(all_cores)[:number])
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)
