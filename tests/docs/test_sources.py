"""People find every source, whether they read the manual or look at the gallery."""

import re
from pathlib import Path

import pytest
from atlas_cli.__main__ import parser
from atlas_crawler.other_buckets import OtherBuckets
from atlas_crawler.settings import OtherStoreSettings, ZhihuSettings
from atlas_crawler.sources import sources

ROOT = Path(__file__).parents[2]
SOURCES = sources(ZhihuSettings(), OtherBuckets(OtherStoreSettings()))
KINDS = SOURCES.keys()


def test_the_manual_lists_every_source_with_its_options() -> None:
    section = (ROOT / "docs/crawling.md").read_text().partition("## Sources")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.*)\|$", section, flags=re.M)
    assert {kind for kind, _ in rows} == KINDS
    for kind, options in rows:
        assert set(re.findall(r"`(\w+)", options)) >= SOURCES[kind].options, kind


def test_the_atlas_command_names_every_source(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["crawl", "--help"])
    section = capsys.readouterr().out.partition("--kind KIND")[2].partition("(default")[0]
    assert set(re.findall(r"\w+", section)) >= KINDS


def test_the_gallery_offers_every_source() -> None:
    page = (ROOT / "services/gateway/src/atlas_gateway/gallery/templates/status.html").read_text()
    assert set(re.findall(r'\("(\w+)", "[\w ]+"\)', page)) == KINDS
