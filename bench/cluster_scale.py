"""Runs over ever more stickers: time that grows in proportion, and memory that does not.

Features of a seeded mixture are written into a table in a folder; each run reads it through the service's own shelf and
archive in a process of its own. The smallest size is done once more on two processes of a Dask cluster, whose albums
must be the same. SCALE_ROWS: the sizes. SCALE_RECIPE, SCALE_K: what the runs do.
"""

import multiprocessing
import os
import resource
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
from atlas_clustering.archive import LanceArchive
from atlas_clustering.decisions import LanceDecisions
from atlas_clustering.kmeans import Workers
from atlas_clustering.model import Run, RunSpec, RunState
from atlas_clustering.run import Parts, perform
from atlas_clustering.shelf import KEPT_BYTES, LanceShelf
from atlas_clustering.sightings import LanceSightings
from atlas_common.memory import keep_freed_memory
from atlas_common.schemas import features
from atlas_common.tables import Table, Tables
from distributed import Client, LocalCluster
from report import is_smoke, print_table, write_report

ROWS = [int(n) for n in os.environ.get("SCALE_ROWS", "300 600" if is_smoke() else "50000 200000 1000000").split()]
RECIPE = os.environ.get("SCALE_RECIPE", "article")
K = int(os.environ.get("SCALE_K", "5" if is_smoke() else "20"))
COLUMNS = 32 if is_smoke() else 2048
SERIES = 60
WRITTEN_AT_ONCE = 16_384
GIB = 2**20
"""In the KiB that the kernel counts in."""


@dataclass(frozen=True)
class Measured:
    """One run: seconds on the wall and of CPU, the peak of its process's memory, and each sticker's album."""

    wall: float
    cpu: float
    gib: float
    albums: dict[str, str]


def embed(table: Table, rows: int) -> None:
    """Fill the table with a seeded mixture, a part at a time."""
    random = np.random.default_rng(0)
    centres = random.gamma(0.5, 0.25, (SERIES, COLUMNS)).astype(np.float32)
    for start in range(0, rows, WRITTEN_AT_ONCE):
        count = min(WRITTEN_AT_ONCE, rows - start)
        noise = 0.2 * random.standard_normal((count, COLUMNS), np.float32)
        vectors = np.maximum(centres[random.integers(SERIES, size=count)] + noise, 0.0)
        columns = {
            "sha256": [f"{start + row:064x}" for row in range(count)],
            "frames": pa.array(np.ones(count, np.int32)),
            "fingerprint": pa.nulls(count, pa.binary()),
            "embedded_at": pa.array([datetime.now(UTC)] * count, table.spec.schema.field("embedded_at").type),
            "pool3": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), COLUMNS),
        }
        table.insert(pa.table(columns, schema=table.spec.schema))


def measure(folder: Path, model: str, on_dask: bool = False) -> Measured:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_run, folder, model, on_dask).result()


def _run(folder: Path, model: str, on_dask: bool) -> Measured:
    keep_freed_memory()
    tables, now = Tables(str(folder)), datetime.now(UTC)
    archive, shelf = LanceArchive(tables), LanceShelf(tables, kept_bytes=0 if on_dask else KEPT_BYTES)
    run = Run(f"{model}-{on_dask}", RunSpec(model, 0, RECIPE, K), RunState.RUNNING, started_at=now, changed_at=now)
    with ThreadPoolExecutor(os.cpu_count()) as threads, _blocks(threads, on_dask) as blocks:
        wall, cpu = time.perf_counter(), time.process_time()
        perform(
            run,
            Stages(),
            parts=Parts(shelf, archive, LanceDecisions(tables), LanceSightings(tables), Workers(threads, blocks)),
        )
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB
    return Measured(wall, cpu, peak, dict(archive.albums(run.run_id)))


class Stages:
    """Prints each stage of a run when it begins."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, run: Run) -> None:
        if run.stage != self._last:
            print(f"  {run.run_id}: {run.stage}", flush=True)
            self._last = run.stage


@contextmanager
def _blocks(threads: Executor, on_dask: bool) -> Iterator[Executor]:
    if not on_dask:
        yield threads
        return
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster) as client:
        yield client.get_executor()


def main() -> None:
    measured: dict[str, float] = {}
    lines: list[list[object]] = []
    walls: list[float] = []
    for rows in ROWS:
        with TemporaryDirectory() as folder:
            embed(Tables(folder).open(features(model := f"mixture{rows}", {"pool3": COLUMNS})), rows)
            alone = measure(Path(folder), model)
            lines.append([f"{rows:,}", alone.wall, alone.cpu, alone.gib])
            walls.append(alone.wall)
            if rows == ROWS[0]:
                shared = measure(Path(folder), model, on_dask=True)
                lines.append([f"{rows:,} on Dask", shared.wall, "", shared.gib])
                measured["dask_labels_changed"] = _differences(alone.albums, shared.albums)
        measured |= {f"wall_seconds.{rows}": alone.wall, f"rss_gib.{rows}": alone.gib}
        measured["peak_rss_gib"] = max(value for name, value in measured.items() if name.startswith("rss_gib"))
        if len(walls) > 1:
            measured["slope"] = float(np.polyfit(np.log(ROWS[: len(walls)]), np.log(walls), 1)[0])
        write_report("cluster_scale", measured, ["numpy", "pylance", "distributed"])
    print(
        f"\nrecipe {RECIPE}, K={K}, {COLUMNS} columns of float32; the slope is that of log(wall) over log(stickers)\n"
    )
    print_table(["stickers", "wall s", "CPU s", "peak GiB"], lines)
    print_table(["figure", "value"], [[figure, float(value)] for figure, value in measured.items()])


def _differences(one: dict[str, str], other: dict[str, str]) -> int:
    return sum(other.get(sticker) != album for sticker, album in one.items())


if __name__ == "__main__":
    main()
