import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]


def test_copies_are_made_and_found_among_pictures_that_are_there_once(
    tmp_path: Path, draw: Callable[[str, object], Image.Image]
) -> None:
    folder = tmp_path / "toys"
    folder.mkdir()
    for series in ("stripes", "balls"):
        for seed in range(6):
            draw(series, seed).save(folder / f"{series}-{seed}.png")
    draw("balls", 0).save(folder / "again.png")
    settings = {"SMOKE": "1", "COUNT": "4", "IMAGES": str(folder), "IMAGEDEDUP_PYTHON": sys.executable}
    script = [sys.executable, str(ROOT / "bench/near_duplicates.py")]
    subprocess.run(script, cwd=tmp_path, env={**os.environ, **settings}, check=True, timeout=300)
    found = json.loads((tmp_path / "build/bench/near-duplicates.json").read_text())["figures"]
    assert found["pictures"] <= 12
    assert found["recall_usual"] > 0.3
    assert found["images_per_core_second"] > 0
