"""How good the map is: ours beside principal components, UMAP and openTSNE, on labelled stickers and on many.

`trust` (trustworthiness, Venna and Kaski, 2001): whether neighbours on the map are neighbours in the recipe's space.
`agreement`: the part of the ten nearest stickers on the map that have the same label. `late`: the same for a fifth of
the stickers that were placed afterwards, among those that were laid out. `cpu_s`: processor time of laying out all.
`moved`: how far the middle one of the stickers moves when a tenth more come and the map goes on from the one before, in
parts of the map's radius (root mean square); `moved_afresh`: when it does not.
"""

import os
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from atlas_clustering.kmeans import Workers
from atlas_clustering.recipes.catalogue import DEFAULT
from atlas_clustering.recipes.layout import Layout, lay_out
from labelled import LabelledSet, labelled_set
from numpy.typing import NDArray
from quality import space_of
from report import is_smoke, print_table, write_report
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

SETS = [Path(folder) for folder in os.environ.get("SETS", "").split()]
SIZES = [int(size) for size in os.environ.get("MAP_ROWS", "500" if is_smoke() else "3000 10000 50000").split()]
PEERS = Path(os.environ.get("MAP_PEERS", "build/bench/map/bin/python"))
NEAR = 10
HELD_BACK = 5
"""One sticker in so many comes late."""
MORE = 1.1
"""A set grows by a tenth."""
ALBUMS = 40
DIMENSIONS = 96
METRICS = ("trust", "agreement", "late", "cpu_s")

Rows = NDArray[np.float32]
Lay = Callable[[Rows, Rows], tuple[Rows, Rows, float]]
"""From rows, and rows that come late, to the places of both, and the seconds of processor time that took."""


def ours(rows: Rows, late: Rows) -> tuple[Rows, Rows, float]:
    started = time.process_time()
    layout = laid_out(rows, rows[:0, :2])
    places = layout.place(rows), layout.place(late)
    return *places, time.process_time() - started


def laid_out(rows: Rows, before: Rows) -> Layout:
    """The first rows, as many as there are places before, were on an earlier map."""
    nowhere = np.full((len(rows) - len(before), 2), np.nan, np.float32)
    return lay_out(rows, np.zeros(len(rows), np.int32), 0, np.concatenate([before, nowhere]))


def principal(rows: Rows, late: Rows) -> tuple[Rows, Rows, float]:
    """The two strongest columns: rows are components already, the strongest first."""
    return rows[:, :2], late[:, :2], 0.0


def peer(name: str) -> Lay:
    def lay(rows: Rows, late: Rows) -> tuple[Rows, Rows, float]:
        with TemporaryDirectory() as folder:
            np.savez(f"{folder}/rows.npz", rows=rows, late=late)
            script = Path(__file__).with_name("map_peers.py")
            subprocess.run([PEERS, script, name, folder], check=True)
            with np.load(f"{folder}/places.npz") as found:
                return found["rows"], found["late"], float(found["cpu_s"])

    return lay


def methods() -> dict[str, Lay]:
    peers = {name: peer(name) for name in ("umap", "opentsne")} if PEERS.exists() else {}
    return {"pca": principal, "ours": ours, **peers}


def measure(stickers: LabelledSet, rows: Rows, lay: Lay) -> dict[str, float]:
    truth = stickers.labels.get("coarse", stickers.labels["class"])
    late = np.arange(len(rows)) % HELD_BACK == 0
    places, _, seconds = lay(rows, rows[:0])
    early, placed, _ = lay(rows[~late], rows[late])
    return {
        "trust": float(trustworthiness(rows, places, n_neighbors=min(NEAR, (len(rows) - 1) // 2))),
        "agreement": agreement(places, truth, places, truth, 1),
        "late": agreement(placed, truth[late], early, truth[~late], 0),
        "cpu_s": seconds,
    }


def agreement(places: Rows, labels: NDArray[np.int64], among: Rows, theirs: NDArray[np.int64], skip: int) -> float:
    """The part of the nearest of `among` whose label is that of the sticker; `skip` of them are the sticker itself."""
    near = NearestNeighbors(n_neighbors=NEAR + skip).fit(among).kneighbors(places, return_distance=False)[:, skip:]
    return float((theirs[near] == labels[:, None]).mean())


def moved(stickers: LabelledSet, workers: Workers) -> dict[str, float]:
    """`moved` and `moved_afresh`."""
    order = np.random.default_rng(0).permutation(len(stickers.paths))
    first = round(len(order) / MORE)
    some, every = (
        space_of(
            replace(stickers, features={name: rows[which] for name, rows in stickers.features.items()}),
            DEFAULT,
            workers,
        )
        for which in (order[:first], order)
    )
    before = ours(some.rows, some.rows[:0])[0]
    afresh, after = (laid_out(every.rows, known).place(every.rows[:first]) for known in (before[:0], before))
    return {
        name: float(np.median(np.linalg.norm(scaled(places) - scaled(before), axis=1)))
        for name, places in (("moved", after), ("moved_afresh", afresh))
    }


def scaled(places: Rows) -> Rows:
    """Around the middle, and of radius one: where a map is drawn and how large says nothing."""
    around = places - places.mean(axis=0)
    return around / np.sqrt((around**2).sum(axis=1).mean())


def mixture(count: int) -> Rows:
    """Rows of length one around as many centres as there may be albums."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(ALBUMS, DIMENSIONS))
    rows = centres[random.integers(0, ALBUMS, count)] + 0.7 * random.normal(size=(count, DIMENSIONS))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def main() -> None:
    figures: dict[str, float] = {}
    lines: list[list[object]] = []
    kept: list[list[object]] = []
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for folder in SETS:
            if not (folder / "labels.csv").exists():
                print(f"{folder} has no labels.csv: not measured.")
                continue
            stickers = labelled_set(folder)
            workers = Workers.local(threads)
            rows = space_of(stickers, DEFAULT, workers).rows
            for name, lay in methods().items():
                found = measure(stickers, rows, lay)
                figures |= {f"{stickers.name}.{name}.{metric}": value for metric, value in found.items()}
                lines.append([stickers.name, name, *found.values()])
            again = moved(stickers, workers)
            figures |= {f"{stickers.name}.{name}": value for name, value in again.items()}
            kept.append([stickers.name, *again.values()])
    seconds: list[list[object]] = []
    for count in SIZES:
        took = {name: lay(mixture(count), mixture(0))[2] for name, lay in methods().items() if name != "pca"}
        figures |= {f"{count}.{name}.cpu_s": value for name, value in took.items()}
        seconds += [[count, name, value] for name, value in took.items()]
    print_table(["set", "map", *METRICS], lines)
    print_table(["set, and a tenth more", "moved", "moved_afresh"], kept)
    print_table(["stickers", "map", "cpu_s"], seconds)
    write_report("map", figures, ["numpy", "scikit-learn"])


if __name__ == "__main__":
    main()
