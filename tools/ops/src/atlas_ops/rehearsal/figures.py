"""Figures of a rehearsal: printed as a table, and kept in build/bench."""

import json
import os
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path


class Figures:
    """Gathers figures; `stage` adds the seconds that a stage took."""

    def __init__(self) -> None:
        self._figures: dict[str, float] = {}

    def add(self, **figures: float) -> None:
        for name, value in figures.items():
            self._figures[name] = value
            print(f"{name:>28}  {value:,.6g}", flush=True)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        print(f"-- {name.replace('_', ' ')}", flush=True)
        started = time.monotonic()
        yield
        self.add(**{f"{name}_seconds": round(time.monotonic() - started, 1)})

    def write(self, file: Path, versions: Mapping[str, str]) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"
        content = {
            "figures": self._figures,
            "machine": machine,
            "versions": {"sticker-atlas": version("atlas-ops"), **versions},
        }
        file.write_text(json.dumps(content, indent=2) + "\n")
