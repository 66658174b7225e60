"""What the demo crawls: real sticker packs on a web site of its own, or whatever the user names."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from atlas_cli.connection import Json
from atlas_cli.source import source

from atlas_laptop.demo.bad import write_bad_files
from atlas_laptop.demo.packs import fetch_packs
from atlas_laptop.demo.site import sticker_site
from atlas_laptop.errors import DemoFailed


@dataclass(frozen=True)
class Exhibit:
    """A crawl's source, the settings that let the crawler reach it, and what is known of it beforehand."""

    source: Json
    settings: dict[str, str]
    stickers: int | None = None
    bad: int | None = None


@asynccontextmanager
async def exhibit(wanted: str, folder: Path) -> AsyncIterator[Exhibit]:
    """The source that the user wants, or the packs for an empty wish; `folder` holds the web site's files."""
    if not wanted:
        stickers, bad = _lay_out(fetch_packs(), folder)
        async with sticker_site(folder) as url:
            yield Exhibit(source(url), {"ATLAS_CRAWLER_ALLOW_NETWORKS": "127.0.0.0/8"}, stickers, bad)
    elif wanted.startswith(("http://", "https://")):
        yield Exhibit(source(wanted), {})
    else:
        yield _files(Path(wanted))


def _files(named: Path) -> Exhibit:
    path = named.expanduser()  # not every shell does that in SOURCE=~/stickers
    if not path.exists():
        raise DemoFailed(f"{path} does not exist")
    readable = path if path.is_dir() else path.parent
    return Exhibit(source(str(path.resolve())), {"ATLAS_CRAWLER_FOLDERS": str(readable.resolve())})


def _lay_out(packs: Path, site: Path) -> tuple[int, int]:
    """Copies the packs to where they are served, bad files among them; how many stickers and bad files those are."""
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(packs, site)
    stickers = [file for file in site.rglob("*") if file.is_file()]
    whole = next(file for file in sorted(stickers) if file.suffix == ".png")
    return len(stickers), len(write_bad_files(site / "broken", whole.read_bytes()))
