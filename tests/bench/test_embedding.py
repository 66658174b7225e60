"""The embedding benchmarks run as toys and leave the figures that they promise."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def figures(name: str, folder: Path) -> dict[str, float]:
    script = [sys.executable, str(ROOT / "bench" / f"{name.replace('-', '_')}.py")]
    subprocess.run(script, cwd=folder, env={**os.environ, "SMOKE": "1"}, check=True, timeout=600)
    found: dict[str, float] = json.loads((folder / f"build/bench/{name}.json").read_text())["figures"]
    return found


@pytest.mark.model
def test_no_sticker_is_lost_or_doubled_when_a_replica_joins_and_another_is_killed(tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(ROOT / "models")
    found = figures("embed", tmp_path)
    assert (found["rows_lost"], found["rows_doubled"]) == (0, 0)
    assert {"pipeline_ratio", "null_images_per_second", "ceiling_ratio", "two_replica_ratio", "rss_growth_mib"} <= set(
        found
    )


@pytest.mark.model
def test_a_process_that_is_told_to_stop_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(ROOT / "models")
    found = figures("scale-in", tmp_path)
    assert found["busy_rounds"] == found["rounds"] == 2
    assert (found["lost"], found["doubled"], found["left_held"], found["unclean_exits"]) == (0, 0, 0, 0)


def test_the_table_of_features_holds_what_the_pickles_hold_in_fewer_bytes(tmp_path: Path) -> None:
    assert figures("pickles", tmp_path)["bytes_ratio"] < 1
