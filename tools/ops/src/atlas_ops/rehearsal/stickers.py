"""Real stickers as a web site: a folder that any static server can serve, and what the system must make of it."""

import hashlib
import random
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from atlas_laptop.demo.packs import fetch_packs

ROBOTS = "User-agent: *\nCrawl-delay: {seconds}\n"


@dataclass(frozen=True, slots=True)
class Site:
    """`folder` holds a page for each name; `digests` are the SHA-256 of the stickers on each."""

    folder: Path
    digests: Mapping[str, frozenset[str]]

    @property
    def all_digests(self) -> frozenset[str]:
        return frozenset().union(*self.digests.values())


def lay_out(folder: Path, pages: Mapping[str, int], crawl_delay: float = 0) -> Site:
    """Writes a site with so many stickers a page into `folder`, anew; it asks crawlers for so many seconds a request.

    The packs repeat, but each sticker has a few bytes of its own behind its end, which decoders pass over.
    """
    shutil.rmtree(folder, ignore_errors=True)
    stickers = sorted(path for path in fetch_packs().rglob("*") if path.is_file())
    random.Random(1).shuffle(stickers)  # noqa: S311 - the same site every time
    supply = cycle(stickers)
    digests = {name: frozenset(_page(folder / name, islice(supply, count))) for name, count in pages.items()}
    if crawl_delay:
        (folder / "robots.txt").write_text(ROBOTS.format(seconds=crawl_delay))
    return Site(folder, digests)


def _page(folder: Path, stickers: Iterable[Path]) -> Iterator[str]:
    """Digests of the page's stickers."""
    folder.mkdir(parents=True)
    images = []
    for number, sticker in enumerate(stickers):
        content = sticker.read_bytes() + f"{folder.name} {number}".encode()
        picture = folder / f"{number}{sticker.suffix}"
        picture.write_bytes(content)
        images.append(f'<img src="{picture.name}" alt="{sticker.parent.name}">\n')
        yield hashlib.sha256(content).hexdigest()
    (folder / "index.html").write_text(f"<!doctype html>\n<title>{folder.name}</title>\n{''.join(images)}")
