"""Reading every sticker's features back to cluster them: the table of features against a folder of pickles.

The article that this project grew from wrote a pickle with a list of 2048 floats for each sticker, and read them one by
one. Both hold the same vectors here, on the same disk.
"""

import os
import pickle
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from atlas_common.schemas import features
from atlas_common.tables import Tables
from numpy.typing import NDArray
from report import is_smoke, print_table, write_report

STICKERS = int(os.environ.get("PICKLES", "500" if is_smoke() else "50000"))
DIMENSIONS = 2048
ROWS_AN_INSERT = 10_000
SPEC = features("pickles", {"pool3": DIMENSIONS})

Vectors = NDArray[np.float32]


def vectors() -> Vectors:
    """Like a network's last layer: nothing negative, many zeros."""
    return np.maximum(np.random.default_rng(0).normal(size=(STICKERS, DIMENSIONS)), 0).astype(np.float32)


def write_pickles(folder: Path, rows: Vectors) -> None:
    folder.mkdir()
    for number, row in enumerate(rows):
        (folder / f"{number:064x}.pkl").write_bytes(pickle.dumps(row.tolist()))


def read_pickles(folder: Path) -> Vectors:
    return np.array([pickle.loads(path.read_bytes()) for path in sorted(folder.iterdir())], np.float32)


def write_table(folder: Path, rows: Vectors) -> None:
    table = Tables(str(folder)).open(SPEC)
    now = datetime.now(UTC)
    for start in range(0, len(rows), ROWS_AN_INSERT):
        part = rows[start : start + ROWS_AN_INSERT]
        table.insert(
            pa.table(
                {
                    "sha256": [f"{start + number:064x}" for number in range(len(part))],
                    "frames": pa.array([1] * len(part), pa.int32()),
                    "fingerprint": pa.nulls(len(part), pa.binary()),
                    "embedded_at": [now] * len(part),
                    "pool3": pa.FixedSizeListArray.from_arrays(pa.array(part.ravel()), DIMENSIONS),
                }
            )
        )


def read_table(folder: Path) -> Vectors:
    """In the order of their ids, as the pickles are read: a table need not keep the order of its inserts."""
    rows = Tables(str(folder)).open(SPEC).read(["sha256", "pool3"])
    values: Vectors = rows["pool3"].combine_chunks().flatten().to_numpy().reshape(-1, DIMENSIONS)
    return values[np.argsort(rows["sha256"].to_numpy())]


def fastest(read: Callable[[Path], Vectors], folder: Path, expected: Vectors) -> float:
    """Seconds of the faster of two reads; files are in the page cache by then for both."""
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        found = read(folder)
        seconds.append(time.perf_counter() - started)
        assert np.array_equal(found, expected)
    return min(seconds)


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    rows = vectors()
    with tempfile.TemporaryDirectory() as temporary:
        pickles, table = Path(temporary) / "pickles", Path(temporary) / "tables"
        write_pickles(pickles, rows)
        write_table(table, rows)
        seconds = {"pickles": fastest(read_pickles, pickles, rows), "table": fastest(read_table, table, rows)}
        bytes_of = {"pickles": size(pickles), "table": size(table)}
    print_table(
        ["features", "stickers", "read (s)", "bytes"],
        [[name, STICKERS, seconds[name], bytes_of[name]] for name in seconds],
    )
    figures = {
        "pickles_seconds": seconds["pickles"],
        "table_seconds": seconds["table"],
        "read_speedup": seconds["pickles"] / seconds["table"],
        "bytes_ratio": bytes_of["table"] / bytes_of["pickles"],
    }
    write_report("pickles", figures, ["pylance", "pyarrow", "numpy"])


if __name__ == "__main__":
    main()
