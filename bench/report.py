"""What every benchmark leaves behind: a table on the screen, and its figures in build/bench/<name>.json."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

FOLDER = Path("build/bench")
FEATURES = FOLDER / "features"
"""Of the labelled sets, which some benchmarks leave to others."""


def is_smoke() -> bool:
    """Whether to run a toy of the benchmark: SMOKE=1, as the tests do."""
    return os.environ.get("SMOKE", "") not in ("", "0")


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table in Markdown; floats with four digits that count."""
    cells = [[f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    for row in (header, ["-" * len(name) for name in header], *cells):
        print("| " + " | ".join(row) + " |")


def write_report(name: str, figures: Mapping[str, float], packages: Sequence[str], **parts: str) -> None:
    """Write the figures with the machine and the packages' versions beside them. parts: of the machine, its GPU say."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    machine = {"processor": _processor(), "cores": len(os.sched_getaffinity(0)), "system": platform.platform(), **parts}
    report = {
        "figures": dict(figures),
        "smoke": is_smoke(),
        "machine": machine,
        "versions": {package: version(package) for package in packages},
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(report, indent=2) + "\n")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
