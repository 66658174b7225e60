import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from atlas_crawler.model.crawls import Limits, Origin
from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.sources.urls import UrlList

from .reading import SITE, Shelf, images, read


def lists(folder: Path) -> Iterator[Path]:
    rows = [{"url": f"{SITE}{n}.png", "title": f"t{n}"} for n in range(3)]
    (folder / "a.txt").write_text("\n".join(str(row["url"]) for row in rows))
    (folder / "a.csv").write_text("title,url\n" + "\n".join(f"{row['title']},{row['url']}" for row in rows))
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    pq.write_table(pa.Table.from_pylist(rows), folder / "a.parquet")
    (folder / "a.txt.gz").write_bytes(gzip.compress((folder / "a.txt").read_bytes()))
    (folder / "a.csv.gz").write_bytes(gzip.compress((folder / "a.csv").read_bytes()))
    yield from sorted(folder.iterdir())


async def test_lists_of_every_form_give_the_same_addresses(tmp_path: Path) -> None:
    for path in lists(tmp_path):
        found = await read(UrlList(), Shelf(b"", path=path))
        assert images(found) == [f"{SITE}{n}.png" for n in range(3)], path.name


@pytest.mark.parametrize(
    "content",
    [
        b"PAR1 is not enough",
        b"\x1f\x8bnot gzip",
        b'{"url": ',
        b'{"url":' * 5000,
        b'url,title\nhttp://x/,"' + b"never ends\n" * 20_000,
    ],
    ids=len,
)
async def test_a_broken_list_is_an_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(content)
    with pytest.raises(LinkFailed):
        await read(UrlList(), Shelf(b"", path=tmp_path / "list"))


def test_a_list_may_come_with_the_crawl() -> None:
    origin = Origin("urls", "", Limits(1, 1, 1), {"urls": f"{SITE}a.png\n{SITE}b.png"})
    assert [link.url for link in UrlList().start(origin)] == [SITE + "a.png", SITE + "b.png"]
