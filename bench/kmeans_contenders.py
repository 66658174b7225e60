"""Who finds k-means clusters, and what that costs: ours, scikit-learn, and peers that may be installed."""

import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from atlas_clustering.kmeans import Search, Workers, fit, in_memory
from atlas_common.memory import keep_freed_memory
from kmeans_rows import Rows
from numpy.typing import NDArray
from sklearn.cluster import BisectingKMeans, KMeans, MiniBatchKMeans

Contender = Callable[[Rows, int, int], tuple[NDArray[np.int32], NDArray[Any]]]
"""From rows (n, d), which it may overwrite, k and a seed to labels (n,) and centres (k, d)."""


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
    mean = rows.mean(axis=0)
    rows -= mean
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        found = fit(in_memory(rows), Search(k, seed), Workers.local(threads))
    return found.labels, found.centres + mean


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
    keep_freed_memory()  # as the clustering service does
    rows = np.load(path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    labels, centres = contender(rows, k, seed)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return Timed(cpu, wall, mib, inertia(np.load(path), labels, k), labels, centres)


def inertia(rows: Rows, labels: NDArray[np.int32], k: int) -> float:
    """In float64, with each centre the exact mean of its rows."""
    total = 0.0
    for label in range(k):
        members = rows[labels == label].astype(np.float64)
        if len(members):
            total += float(((members - members.mean(axis=0)) ** 2).sum())
    return total
