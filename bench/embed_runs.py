"""Runs of pictures through replicas of the embedding service: how fast, and what that costs.

The rate is that of the rows from the first insert to the last that did not wait for more rows than there were.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from atlas_embedding.settings import PipelineSettings
from embed_rig import FREE, PATIENCE_SECONDS, Replica, Rig, replicas
from report import print_table

LOOK_SECONDS = 0.25
WATCH_SECONDS = 1
"""Between looks at replicas whose rate is measured: each look takes processor time from them."""


@dataclass(frozen=True)
class Run:
    """What a run of pictures came to: rates, CPU milliseconds a picture by part, seconds by stage, memory over time.

    CPU time is counted from the first insert on, as the rates are: starting is not the pictures' cost.
    """

    name: str
    pictures: int
    per_second: float
    frames_per_second: float
    cpu: dict[str, float]
    stages: dict[str, float]
    rss: list[float]


@dataclass(frozen=True)
class Handover:
    """A new replica joined, and the old one was killed. doubled: rows beyond one a picture; lost: pictures without."""

    seconds_to_first_batch: float
    doubled: int
    lost: int


class Bench:
    """Runs on one rig, one after the other."""

    def __init__(self, rig: Rig, model: str, pictures: Iterator[bytes]) -> None:
        self._rig = rig
        self._model = model
        self._pictures = pictures

    async def run(self, name: str, number: int, running: int = 1, settings: Mapping[str, str] = FREE) -> Run:
        """Pictures through replicas that start on a full queue."""
        await self._rig.enqueue(self._pictures, number)
        begun, rss = datetime.now(UTC), []
        with replicas(self._rig, running, settings) as started:
            await asyncio.gather(*(replica.ready() for replica in started))
            await until(lambda: settled(started) > 0)
            first, before = settled(started), self._cpu_seconds(started)
            rss.append(sum(replica.rss_mib() for replica in started))
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (last := settled(started)) < number:
                    await asyncio.sleep(WATCH_SECONDS)
                    rss.append(sum(replica.rss_mib() for replica in started))
            spent, stages = self._cpu_seconds(started), started[0].stage_seconds()
        rate, frames = rates(self._rows(begun), begun)
        cpu = {part: 1e3 * (seconds - before[part]) / max(1, last - first) for part, seconds in spent.items()}
        return Run(name, number, rate, frames, cpu, stages, rss)

    def _cpu_seconds(self, started: Sequence[Replica]) -> dict[str, float]:
        """CPU time used so far: of the parts beside the replicas, and of the replicas together."""
        spent = Counter(self._rig.cpu_seconds())
        for replica in started:
            spent.update(replica.cpu_seconds())
        return dict(spent)

    async def hand_over(self, number: int) -> Handover:
        """A second replica joins while the first one works, and the first one is killed in the middle of a batch."""
        ids = await self._rig.enqueue(self._pictures, number)
        with replicas(self._rig, 1) as [old]:
            await old.ready()
            await until(lambda: old.frames() > 0)
            with replicas(self._rig, 1) as [new]:
                await new.ready()
                joined = time.perf_counter()
                ids += await self._feed_until(lambda: new.frames() > 0, number)
                took = time.perf_counter() - joined
                old.kill()
                await until(lambda: set(ids) <= self._ids())
        rows = [row["sha256"] for row in self._rig.rows(self._model)]
        return Handover(took, len(rows) - len(set(rows)), len(set(ids) - set(rows)))

    async def _feed_until(self, condition: Callable[[], bool], number: int) -> list[str]:
        """Queue more whenever everything is done, so that who joins late still finds work; the ids queued."""
        ids: list[str] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await asyncio.to_thread(condition):
                if not await self._rig.backlog():
                    ids += await self._rig.enqueue(self._pictures, number)
                await asyncio.sleep(LOOK_SECONDS)
        return ids

    def _rows(self, since: datetime) -> list[dict[str, Any]]:
        return [row for row in self._rig.rows(self._model) if row["embedded_at"] >= since]

    def _ids(self) -> set[str]:
        return {row["sha256"] for row in self._rig.rows(self._model)}


def settled(started: Sequence[Replica]) -> float:
    """Pictures that the replicas are done with, as they say: reading the table would take their cores from them."""
    return sum(replica.settled() for replica in started)


def rates(rows: list[dict[str, Any]], begun: datetime) -> tuple[float, float]:
    """Pictures and frames a second from the first insert to the last but those that waited in vain for more rows.

    From the beginning to the end when that leaves less than two.
    """
    inserts = sorted({row["embedded_at"] for row in rows})
    waited = timedelta(seconds=PipelineSettings().rows_seconds)
    filled = [at for at in inserts if at <= inserts[-1] - waited]
    start, end = (filled[0], filled[-1]) if len(filled) > 1 else (begun, inserts[-1])
    between = [row for row in rows if start < row["embedded_at"] <= end]
    seconds = (end - start).total_seconds()
    return len(between) / seconds, sum(row["frames"] for row in between) / seconds


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(LOOK_SECONDS)


def show_runs(runs: Sequence[Run]) -> None:
    parts = list(runs[0].cpu)
    print_table(
        ["run", "pictures", "pictures/s", "frames/s", *(f"{part} ms" for part in parts)],
        [[r.name, r.pictures, r.per_second, r.frames_per_second, *(r.cpu[part] for part in parts)] for r in runs],
    )
    print()
    print_table(
        ["stage of the first replica", *(run.name for run in runs)],
        [[stage, *(run.stages[stage] for run in runs)] for stage in runs[0].stages],
    )
