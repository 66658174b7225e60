import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_benchmark_of_gpus_says_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['torch'] = None\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    ended = subprocess.run([sys.executable, ROOT / "bench" / "gpu.py"], env=environment, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.startswith("There is no PyTorch here")
