"""Lay out and place rows with a peer, in an environment of its own: map_peers.py <peer> <folder of rows.npz>."""

import sys
import time
from pathlib import Path

import numpy as np


def umap(rows: np.ndarray, late: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from umap import UMAP

    found = UMAP(random_state=0, n_jobs=1).fit(rows)
    return found.embedding_, found.transform(late) if len(late) else late[:, :2]


def opentsne(rows: np.ndarray, late: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from openTSNE import TSNE

    found = TSNE(random_state=0).fit(rows)
    return np.asarray(found), np.asarray(found.transform(late)) if len(late) else late[:, :2]


def main() -> None:
    lay = {"umap": umap, "opentsne": opentsne}[sys.argv[1]]
    folder = Path(sys.argv[2])
    with np.load(folder / "rows.npz") as given:
        rows, late = given["rows"], given["late"]
    started = time.process_time()
    places, placed = lay(rows, late)
    np.savez(folder / "places.npz", rows=places, late=placed, cpu_s=time.process_time() - started)


if __name__ == "__main__":
    main()
