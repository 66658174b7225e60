import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from atlas_cli.connection import Json
from atlas_laptop.demo.exhibit import Exhibit
from atlas_laptop.demo.stopwatch import Stopwatch
from atlas_laptop.demo.story import tell_story
from atlas_laptop.errors import DemoFailed
from rich.console import Console

NOTHING = dict.fromkeys(("found", "stored", "duplicate", "failed", "images_per_second", "eta_seconds"), 0)


class OneCrawl:
    """A gateway whose only crawl has ended so."""

    def __init__(self, state: str, detail: str = "") -> None:
        self.crawl: Json = {"crawl_id": "1", "state": state, "detail": detail}

    async def start_crawl(self, source: Json) -> Json:
        return self.crawl

    async def watch_crawl(self, crawl_id: str) -> AsyncIterator[Json]:
        yield self.crawl | {"progress": NOTHING | {"failures": {}}}


@pytest.mark.parametrize(
    ("gateway", "said"),
    [
        (OneCrawl("finished"), "no picture in ~/empty that can be kept: name another SOURCE"),
        (OneCrawl("failed", "file_missing"), "the crawl is failed, not finished: file_missing"),
    ],
)
async def test_a_source_without_stickers_is_named(gateway: OneCrawl, said: str, tmp_path: Path) -> None:
    shown = Exhibit({"kind": "folder", "location": "~/empty"}, {})
    with pytest.raises(DemoFailed, match=said):
        await tell_story(gateway, shown, tmp_path, Stopwatch(), Console(file=io.StringIO()))  # type: ignore[arg-type]
