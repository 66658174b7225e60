from collections.abc import AsyncIterator

import pytest
from atlas_common.errors import InvalidInput
from atlas_crawler.model.crawls import Limits, Origin
from atlas_crawler.sources.archive import Archive
from atlas_crawler.sources.objects import Objects
from atlas_crawler.sources.source import Source
from atlas_crawler.sources.urls import UrlList
from atlas_crawler.sources.webpages import WebPages

from .reading import Shelf, images, read


class Keys:
    async def keys(self, bucket: str, prefix: str) -> AsyncIterator[str]:
        for name in ("a.png", "b.gif"):
            yield f"{prefix}{name}"


async def test_a_bucket_gives_every_object_under_its_prefix() -> None:
    found = await read(Objects(Keys()), Shelf(b""), url="s3://stickers/cats/")
    assert images(found) == ["s3://stickers/cats/a.png", "s3://stickers/cats/b.gif"]


@pytest.mark.parametrize(
    ("source", "location"),
    [
        (WebPages(), "ftp://x.example/"),
        (WebPages(), ""),
        (WebPages(), "http://[bad/"),
        (UrlList(), ""),
        (Archive(), "data:,x"),
        (Objects(Keys()), "x"),
    ],
)
def test_a_start_that_a_source_can_t_begin_from_is_refused(source: Source, location: str) -> None:
    with pytest.raises(InvalidInput):
        list(source.start(Origin("", location, Limits(1, 1, 1))))


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/stickers/50% off", "file:///stickers/50%25%20off"),
        ("/stickers/50%20off", "file:///stickers/50%2520off"),
        ("file:///stickers/50%20off", "file:///stickers/50%20off"),
    ],
)
def test_a_path_is_taken_as_it_is_and_a_file_s_address_is_decoded(location: str, url: str) -> None:
    (link,) = Archive().start(Origin("", location, Limits(1, 1, 1)))
    assert link.url == url
