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
class Load:
    """So many replicas, with so many decoders each."""

    replicas: int
    decoders: int

    def __str__(self) -> str:
        return f"replicas: {self.replicas}, decoders each: {self.decoders}"


@dataclass(frozen=True)
class Loaded:
    """A run. busy: percent of the time in which the GPU computed, the median while it had work."""

    load: Load
    run: Run
    busy: float

    @property
    def cores(self) -> float:
        """That all parts together used."""
        return sum(self.run.cpu.values()) * self.run.per_second / 1e3


async def loaded(
    folder: Path, model: str, pictures: Iterator[bytes], each: int, loads: Sequence[Load], command: str = STAND_IN
) -> AsyncIterator[Loaded]:
    """`each` pictures a replica under these loads; every replica has a model server of its own.

    command: starts a model server; the stand-in with a null model if it is left out.
    """
    async with rig(folder, "null", command, max(load.replicas for load in loads)) as parts:
        bench = Bench(parts, model, pictures)
        for load in loads:
            settings = {"ATLAS_EMBEDDING_PICTURE_WORKERS": str(load.decoders)}
            with gpu_watched() as samples:
                run = await bench.run(str(load), each * load.replicas, load.replicas, settings)
            yield Loaded(load, run, median([sample for sample in samples if sample] or [nan]))


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
