"""CPU time, wall time and inertia of k-means beside scikit-learn's n_init=400, in the same run.

scikit-learn's cost is extrapolated from KMEANS_INITS single starts (a number for each K), timed in turn with ours. The
rows are the `pool3` features in build/bench/features (`make bench-quality` leaves them there), resampled with noise;
without them, and for comparison unless KMEANS_DATA=stickers, a seeded mixture. Figures are written after each K. Peers
are timed once each, at the first K, unless KMEANS_PEERS=0.
"""

import os
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from kmeans_contenders import PEERS, Timed, ours, scikit_learn, timed
from kmeans_rows import sources
from report import is_smoke, print_table, write_report
from sklearn.cluster import KMeans

ROWS = int(os.environ.get("KMEANS_ROWS", "2000" if is_smoke() else "50655"))
COLUMNS = 64 if is_smoke() else 2048
KS = [int(k) for k in os.environ.get("KMEANS_K", "5" if is_smoke() else "20 100 1000").split()]
INITS = [int(inits) for inits in os.environ.get("KMEANS_INITS", "2" if is_smoke() else "10 3 1").split()]
MOST_OURS = 3
PEERS_TOO = os.environ.get("KMEANS_PEERS", "1") == "1"
COSTS = ["", "CPU s", "wall s", "MiB beyond the rows", "inertia"]
N_INIT = {20: 400}
SMALL_N_INIT = 10


def labels_changed(path: Path, k: int, found: Timed) -> int:
    """How many labels scikit-learn changes when it goes on from our centres, in float64."""
    rows = np.load(path)
    mean = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    centres = found.centres - mean
    again = KMeans(k, init=centres, n_init=1, max_iter=30_000, tol=0).fit((rows - mean).astype(np.float64))
    return int((again.labels_ != found.labels).sum())


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
        for source, features in sources(ROWS, COLUMNS):
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
