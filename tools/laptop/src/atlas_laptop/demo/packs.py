"""Real stickers for the demo: a pinned npm package of sticker packs, verified, and kept for later runs."""

import tarfile
import tempfile
from pathlib import Path

from atlas_common import npm
from atlas_common.errors import AtlasError

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
            try:
                archive = npm.pack(PACKAGE, SHA512, Path(work))
            except AtlasError as error:
                raise PackBroken(str(error)) from error
            _unpack(archive, Path(work) / "series")
            (Path(work) / "series").replace(target)
    return target


def _unpack(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as members:
        for member in members:
            _, *folders, name = Path(member.name).parts
            if len(folders) == 1 and folders[0] in SERIES and Path(name).suffix in PICTURES:
                member.name = f"{folders[0]}/{name}"
                members.extract(member, target, filter="data")
