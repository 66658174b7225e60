"""CPU time, wall time and inertia of k-means beside scikit-learn's n_init=400, in the same run.

scikit-learn's cost is extrapolated from KMEANS_INITS single starts (a number for each K), timed in turn with ours. The
rows are the `pool3` features in build/bench/features (`make bench-quality` leaves them there), resampled with noise;
without them, and always for comparison, a seeded mixture. Figures are written after each K. Peers are timed once
each, at the first K, unless KMEANS_PEERS=0.
"""

import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from atlas_clustering.kmeans import Search, Workers, fit, in_memory
from numpy.typing import NDArray
from report import is_smoke, print_table, write_report
from sklearn.cluster import BisectingKMeans, KMeans, MiniBatchKMeans

ROWS = int(os.environ.get("KMEANS_ROWS", "2000" if is_smoke() else "50655"))
COLUMNS = 64 if is_smoke() else 2048
KS = [int(k) for k in os.environ.get("KMEANS_K", "5" if is_smoke() else "20 100 1000").split()]
INITS = [int(inits) for inits in os.environ.get("KMEANS_INITS", "2" if is_smoke() else "10 3 1").split()]
MOST_OURS = 3
PEERS_TOO = os.environ.get("KMEANS_PEERS", "1") == "1"
COSTS = ["", "CPU s", "wall s", "MiB beyond the rows", "inertia"]
FEATURES = Path("build/bench/features")
N_INIT = {20: 400}
SMALL_N_INIT = 10

Rows = NDArray[np.float32]
Contender = Callable[[Rows, int, int], tuple[NDArray[np.int32], NDArray[Any]]]


@dataclass(frozen=True)
class Timed:
    """One run: seconds of CPU over all threads, seconds on the wall, memory beyond the rows, and what it found."""

    cpu: float
    wall: float
    mib: float
    inertia: float
    labels: NDArray[np.int32]
    centres: NDArray[Any]


def ours(rows: Rows, k: int, seed: int) -> tuple[NDArray[np.int32], NDArray[Any]]:
    mean = rows.mean(axis=0, dtype=np.float64)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        found = fit(in_memory(rows - mean.astype(np.float32)), Search(k, seed), Workers.local(threads))
    return found.labels, found.centres + mean.astype(np.float32)


def scikit_learn(rows: Rows, k: int, seed: int) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """One start, with the article's settings."""
    found = KMeans(k, n_init=1, max_iter=30_000, tol=1e-15, random_state=seed).fit(rows)
    return found.labels_, found.cluster_centers_


def mini_batch(rows: Rows, k: int, seed: int) -> tuple[NDArray[np.int32], NDArray[Any]]:
    found = MiniBatchKMeans(k, n_init=10, batch_size=4096, random_state=seed).fit(rows)
    return found.labels_, found.cluster_centers_


def bisecting(rows: Rows, k: int, seed: int) -> tuple[NDArray[np.int32], NDArray[Any]]:
    found = BisectingKMeans(k, n_init=5, random_state=seed).fit(rows)
    return found.labels_, found.cluster_centers_


def breathing(rows: Rows, k: int, seed: int) -> tuple[NDArray[np.int32], NDArray[Any]]:
    from bkmeans import BKMeans

    found = BKMeans(k, random_state=seed).fit(rows)
    return found.labels_, found.cluster_centers_


def faiss(rows: Rows, k: int, seed: int) -> tuple[NDArray[np.int32], NDArray[Any]]:
    import faiss as library

    found = library.Kmeans(rows.shape[1], k, niter=50, nredo=10, seed=seed, max_points_per_centroid=len(rows))
    found.train(rows)
    return found.index.search(rows, 1)[1][:, 0].astype(np.int32), found.centroids


def dask_ml(rows: Rows, k: int, seed: int) -> tuple[NDArray[np.int32], NDArray[Any]]:
    from dask_ml.cluster import KMeans as DaskKMeans

    found = DaskKMeans(k, random_state=seed).fit(rows)
    return np.asarray(found.labels_), found.cluster_centers_


PEERS: dict[str, tuple[str, Contender]] = {
    "MiniBatchKMeans n_init=10": ("sklearn", mini_batch),
    "BisectingKMeans n_init=5": ("sklearn", bisecting),
    "faiss nredo=10 niter=50": ("faiss", faiss),
    "bkmeans": ("bkmeans", breathing),
    "dask-ml": ("dask_ml", dask_ml),
}


def timed(contender: Contender, rows: Path, k: int, seed: int) -> Timed:
    """Run in a fresh process, so that no contender pays for another's memory or threads."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        found = process.submit(_run, contender, rows, k, seed).result()
    print(f"{contender.__name__} K={k} seed {seed}: {found.cpu:.1f} s CPU, {found.wall:.1f} s", flush=True)
    return found


def _run(contender: Contender, path: Path, k: int, seed: int) -> Timed:
    rows = np.load(path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    labels, centres = contender(rows, k, seed)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return Timed(cpu, wall, mib, inertia(rows, labels, k), labels, centres)


def inertia(rows: Rows, labels: NDArray[np.int32], k: int) -> float:
    """In float64, with each centre the exact mean of its rows."""
    total = 0.0
    for label in range(k):
        members = rows[labels == label].astype(np.float64)
        if len(members):
            total += float(((members - members.mean(axis=0)) ** 2).sum())
    return total


def labels_changed(path: Path, k: int, found: Timed) -> int:
    """How many labels scikit-learn changes when it goes on from our centres, in float64."""
    rows = np.load(path)
    mean = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    centres = found.centres - mean
    again = KMeans(k, init=centres, n_init=1, max_iter=30_000, tol=0).fit((rows - mean).astype(np.float64))
    return int((again.labels_ != found.labels).sum())


def mixture() -> Rows:
    """A seeded mixture of 60 unequal clusters with 40 directions of common variation, never below zero."""
    random = np.random.default_rng(0)
    centres = random.gamma(0.5, 0.25, (60, COLUMNS)).astype(np.float32)
    common = random.normal(0, 0.08, (40, COLUMNS)).astype(np.float32)
    labels = random.choice(60, ROWS, p=random.dirichlet(np.ones(60)))
    rows = np.empty((ROWS, COLUMNS), np.float32)
    for start in range(0, ROWS, 4096):
        part = centres[labels[start : start + 4096]]
        noise = random.standard_normal((len(part), 40), np.float32) @ common
        rows[start : start + 4096] = np.maximum(part + noise + random.normal(0, 0.2, part.shape), 0)
    return rows


def resampled(stickers: Rows) -> Rows:
    """Real features at any number: pairs of stickers mixed, with a fifth of noise on every value."""
    random = np.random.default_rng(0)
    rows = np.empty((ROWS, stickers.shape[1]), np.float32)
    for start in range(0, ROWS, 4096):
        one, other = random.integers(len(stickers), size=(2, min(4096, ROWS - start)))
        share = 0.3 * random.random((len(one), 1), np.float32)
        mixed = (1 - share) * stickers[one] + share * stickers[other]
        rows[start : start + 4096] = mixed * (1 + 0.2 * random.standard_normal(mixed.shape, np.float32))
    return rows


def data() -> Iterator[tuple[str, Rows]]:
    files = [] if is_smoke() else sorted(FEATURES.glob("*.npz"))
    if files:
        yield "stickers", resampled(np.concatenate([np.load(file)["pool3"] for file in files]))
    else:
        print(
            f"No features of real stickers in {FEATURES}: run `make bench-quality` first. Only the mixture is measured."
        )
    if is_smoke() or not files or "mixture" in os.environ.get("KMEANS_DATA", "mixture"):
        yield "mixture", mixture()


def compare(name: str, rows: Path, k: int, inits: int) -> dict[str, float]:
    """scikit-learn and ours in turn."""
    n_init = N_INIT.get(k, SMALL_N_INIT)
    theirs: list[Timed] = []
    mine: list[Timed] = []
    for start in range(inits):
        theirs.append(timed(scikit_learn, rows, k, start))
        if len(mine) < MOST_OURS:
            mine.append(timed(ours, rows, k, start))
    best = min(one.inertia for one in theirs)
    cpu, wall = (np.mean([[one.cpu, one.wall] for one in theirs], axis=0) * n_init).tolist()
    own_cpu, own_wall = np.mean([[one.cpu, one.wall] for one in mine], axis=0).tolist()
    worst = max(mine, key=lambda one: one.inertia)
    excess = worst.inertia / best - 1
    changed = max(labels_changed(rows, k, one) for one in mine)
    lines: list[list[object]] = [
        [f"scikit-learn n_init={n_init}, from {inits}", cpu, wall, max(one.mib for one in theirs), f"{best:.8g}"],
        [
            f"ours, mean of {len(mine)}; inertia: the worst",
            own_cpu,
            own_wall,
            max(one.mib for one in mine),
            f"{worst.inertia:.8g}",
        ],
    ]
    print(f"\n{name}: {ROWS} x {COLUMNS}, K={k}. scikit-learn changes {changed} labels of ours.\n")
    print_table(COSTS, lines)
    figures = {"cpu_ratio": cpu / own_cpu, "wall_ratio": wall / own_wall, "inertia_excess": excess}
    return {f"{name}.k{k}.{figure}": value for figure, value in (figures | {"labels_changed": changed}).items()}


def compare_peers(name: str, rows: Path, k: int) -> None:
    """Each peer that is installed, once."""
    lines: list[list[object]] = []
    for peer, (package, contender) in PEERS.items():
        if find_spec(package) is None:
            lines.append([peer, "not installed", "", "", ""])
        else:
            one = timed(contender, rows, k, 0)
            lines.append([peer, one.cpu, one.wall, one.mib, f"{one.inertia:.8g}"])
    print(f"\n{name}: {ROWS} x {COLUMNS}, K={k}, once each\n")
    print_table(COSTS, lines)


def main() -> None:
    measured: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        for source, features in data():
            np.save(file := Path(folder) / f"{source}.npy", features)
            del features
            for k, inits in zip(KS, INITS, strict=True):
                measured |= compare(source, file, k, inits)
                write_report("kmeans", measured, ["numpy", "scikit-learn", "scipy"])
            if PEERS_TOO:
                compare_peers(source, file, KS[0])
    print_table(["figure", "value"], [[figure, float(value)] for figure, value in measured.items()])


if __name__ == "__main__":
    main()
