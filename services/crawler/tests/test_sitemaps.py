import gzip

import pytest
from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.sources.sitemap import Sitemap

from .reading import SITE, Shelf, images, pages, read

SITEMAP = b"""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
    xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url><loc>https://site.example/cats</loc>
    <image:image><image:loc>https://site.example/cat.png</image:loc></image:image></url></urlset>"""


@pytest.mark.parametrize("body", [SITEMAP, gzip.compress(SITEMAP)])
async def test_a_sitemap_names_pages_and_images(body: bytes) -> None:
    found = await read(Sitemap(), Shelf(body, "application/xml"))
    assert (pages(found), images(found)) == ([SITE + "cats"], [SITE + "cat.png"])


async def test_a_page_that_a_sitemap_names_gives_its_images_only() -> None:
    found = await read(Sitemap(), Shelf(b'<img src="a.png"><a href="/b">b</a>'))
    assert (pages(found), images(found)) == ([], [SITE + "a.png"])


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><urlset><loc>&b;</loc></urlset>',
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><urlset><loc>&f;</loc></urlset>',
        '<!DOCTYPE x [<!ENTITY a "https://a.example/">]><urlset><loc>&a;</loc></urlset>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="cp037"?>' + "<!DOCTYPE x []><urlset/>".encode("cp037"),
        b"<urlset><loc>",
        gzip.compress(bytes(60 * 1024 * 1024)),
        gzip.compress(SITEMAP)[:-20] + b"xxxxxxxxxxxxxxxxxxxx",
    ],
)
async def test_a_hostile_sitemap_is_an_error(body: bytes) -> None:
    with pytest.raises(LinkFailed):
        await read(Sitemap(), Shelf(body, "application/xml"))
