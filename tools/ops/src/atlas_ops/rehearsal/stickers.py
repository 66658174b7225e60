"""Real stickers as a web site: a folder that any static server can serve, and what the system must make of it."""

import hashlib
import shutil
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote

from atlas_laptop.demo.packs import fetch_packs

SERIES_PER_HALF = 5


@dataclass(frozen=True, slots=True)
class Site:
    """`folder` holds two collections, each with a page of its own; `digests` are the SHA-256 of all their stickers."""

    folder: Path
    digests: frozenset[str]


FIRST, SECOND = "first", "second"


def lay_out(folder: Path, stickers_per_series: int) -> Site:
    """Writes the site into `folder`, anew."""
    shutil.rmtree(folder, ignore_errors=True)
    digests: set[str] = set()
    series = sorted(child for child in fetch_packs().iterdir() if child.is_dir())
    for half, some in ((FIRST, series[:SERIES_PER_HALF]), (SECOND, series[SERIES_PER_HALF:])):
        pictures = []
        for pack in some:
            target = folder / half / pack.name
            target.mkdir(parents=True)
            for sticker in sorted(pack.iterdir())[:stickers_per_series]:
                shutil.copyfile(sticker, target / sticker.name)
                digests.add(hashlib.sha256(sticker.read_bytes()).hexdigest())
                pictures.append(f"{pack.name}/{sticker.name}")
        images = "".join(f'<img src="{quote(picture)}" alt="{escape(picture)}">\n' for picture in pictures)
        (folder / half / "index.html").write_text(f"<!doctype html>\n<title>{half}</title>\n{images}")
    return Site(folder, frozenset(digests))
