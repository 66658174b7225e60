"""An embedding process is told to stop while it is busy, again and again: does it leave anything behind?

It should finish or hand back what it holds, and end by itself within its grace. left_held: jobs that ended processes
still held, which others would get only after `ack_wait`. lost, doubled: stickers without a row, rows beyond one.
"""

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from atlas_common.queue import Queue
from atlas_embedding.server import NEW_STICKERS, consumer_of
from atlas_laptop.probes import queue_settings
from atlas_modelserver.export.description import ModelDescription
from atlas_modelserver.export.export import export
from embed_rig import PATIENCE_SECONDS, Rig, replicas, rig, stickers
from report import is_smoke, print_table, write_report

ROUNDS = int(os.environ.get("SCALE_IN_ROUNDS", "2" if is_smoke() else "50"))
PICTURES = int(os.environ.get("EMBED_IMAGES", "60" if is_smoke() else "300"))
FOLDER = os.environ.get("IMAGES", "")
LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Round:
    """held: jobs of the process when it was told to stop. left: jobs that it still held when it had ended."""

    held: int
    left: int
    seconds: float
    exit_code: int


async def busy_then_stopped(parts: Rig, queue: Queue, chance: random.Random) -> Round:
    """Stop a process at any moment of its work."""
    consumer = consumer_of(NEW_STICKERS)
    with replicas(parts, 1) as [replica]:
        await replica.ready()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (await queue.backlog(consumer)).in_flight:  # noqa: ASYNC110 - another process makes it true
                await asyncio.sleep(LOOK_SECONDS)
        await asyncio.sleep(chance.uniform(0, 1))
        held = (await queue.backlog(consumer)).in_flight
        begun = time.perf_counter()
        await asyncio.to_thread(replica.stop)
        seconds = time.perf_counter() - begun
    return Round(held, (await queue.backlog(consumer)).in_flight, seconds, replica.process.returncode)


async def measure(folder: Path, model: str) -> dict[str, float]:
    pictures, chance = stickers(FOLDER), random.Random(1)
    ids: list[str] = []
    rounds: list[Round] = []
    async with rig(folder, "null") as parts:
        queue = await Queue.connect(queue_settings(parts.installation.environment), "bench")
        while len(rounds) < ROUNDS:
            if await parts.backlog() < PICTURES:
                ids += await parts.enqueue(pictures, PICTURES)
            rounds.append(await busy_then_stopped(parts, queue, chance))
        with replicas(parts, 1):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await parts.backlog():  # noqa: ASYNC110 - another process makes it true
                    await asyncio.sleep(LOOK_SECONDS)
        await queue.close()
        rows = [row["sha256"] for row in parts.rows(model)]
    return figures(rounds, ids, rows)


def figures(rounds: Sequence[Round], ids: Sequence[str], rows: Sequence[str]) -> dict[str, float]:
    return {
        "rounds": len(rounds),
        "stickers": len(ids),
        "busy_rounds": sum(one.held > 0 for one in rounds),
        "lost": len(set(ids) - set(rows)),
        "doubled": len(rows) - len(set(rows)),
        "left_held": sum(one.left for one in rounds),
        "unclean_exits": sum(one.exit_code != 0 for one in rounds),
        "mean_stop_seconds": sum(one.seconds for one in rounds) / len(rounds),
        "slowest_stop_seconds": max(one.seconds for one in rounds),
    }


def main() -> None:
    version = export(Path("models/inception_v3"), "auto")
    description = ModelDescription.read(version)
    assert description is not None
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(Path(folder), description.name))
    print_table(["figure", "value"], list(found.items()))
    write_report("scale-in", found, ["atlas-embedding", "nats-py", "pylance"])


if __name__ == "__main__":
    main()
