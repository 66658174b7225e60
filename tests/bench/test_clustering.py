"""The clustering benchmarks run as toys and leave the figures that they promise."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]


def figures(name: str, folder: Path, **settings: str) -> dict[str, float]:
    environment = {**os.environ, "SMOKE": "1", **settings}
    script = [sys.executable, str(ROOT / "bench" / f"{name}.py")]
    subprocess.run(script, cwd=folder, env=environment, check=True, timeout=300)
    found: dict[str, float] = json.loads((folder / f"build/bench/{name}.json").read_text())["figures"]
    return found


@pytest.mark.contract
def test_kmeans_is_measured_beside_scikit_learn(tmp_path: Path) -> None:
    found = figures("kmeans", tmp_path)
    assert found["mixture.k5.labels_changed"] == 0
    assert found["mixture.k5.inertia_excess"] <= 1e-6
    assert {"mixture.k5.cpu_ratio", "mixture.k5.wall_ratio"} <= found.keys()


@pytest.fixture
def toys(tmp_path: Path, draw: Callable[[str, object], Image.Image]) -> Path:
    folder = tmp_path / "toys"
    folder.mkdir()
    with (folder / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "class"])
        for series in ("stripes", "balls"):
            for seed in range(10):
                draw(series, seed).save(folder / f"{series}-{seed}.png")
                rows.writerow([f"{series}-{seed}.png", series])
    return folder


@pytest.mark.model
def test_the_map_is_measured_on_a_labelled_folder(tmp_path: Path, toys: Path) -> None:
    found = figures("map", tmp_path, SETS=str(toys), QUALITY_MODEL=str(ROOT / "models/inception_v3/1"))
    assert found["toys.ours.agreement"] > 0.5
    assert {"toys.pca.trust", "toys.ours.late", "500.ours.cpu_s"} <= found.keys()


@pytest.mark.model
def test_albums_are_measured_on_a_labelled_folder(tmp_path: Path, toys: Path) -> None:
    found = figures("quality", tmp_path, SETS=str(toys), QUALITY_MODEL=str(ROOT / "models/inception_v3/1"))
    assert found["toys.class.atlas-1.purity"] == 1
    assert {"toys.class.article.ari", "toys.auto_k", "toys.same_id"} <= found.keys()
    assert (tmp_path / "build/bench/quality/toys.atlas-1.png").exists()


@pytest.mark.contract
def test_runs_over_ever_more_stickers_are_measured(tmp_path: Path) -> None:
    found = figures("cluster_scale", tmp_path)
    assert {"peak_rss_gib", "slope"} <= found.keys()
    assert found["dask_labels_changed"] == 0
