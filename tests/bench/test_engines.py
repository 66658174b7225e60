import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.model
def test_every_engine_gives_the_features_that_tensorflow_gives(tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(ROOT / "models")
    subprocess.run(
        [sys.executable, ROOT / "bench" / "engines.py"], cwd=tmp_path, env={**os.environ, "SMOKE": "1"}, check=True
    )
    report = json.loads((tmp_path / "build" / "bench" / "engines.json").read_text())
    assert report["smoke"]
    assert report["figures"]["cosine"] > 0.99999
    assert {"images_per_second TensorFlow", "images_per_second ONNX Runtime"} <= report["figures"].keys()
