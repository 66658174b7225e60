import pytest
from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.sources.webpages import WebPages

from .reading import SITE, Shelf, images, pages, read


async def test_a_page_gives_its_images_in_their_largest_form_and_its_own_site_s_pages() -> None:
    html = b"""<title>Pandas</title><img src="small.png" srcset="a.png 200w, b.png 800w">
        <img src="blank.gif" data-original="/real.gif" alt="wave"><a href="full.jpg">full</a>
        <a href="/next">next</a><a href="https://else.example/">else</a><a href="mailto:a@b">mail</a>
        <noscript><img src="quiet.png"></noscript>"""
    found = await read(WebPages(), Shelf(html))
    assert images(found) == [SITE + "b.png", SITE + "real.gif", SITE + "quiet.png", SITE + "full.jpg"]
    assert pages(found) == [SITE + "next"]


@pytest.mark.parametrize("link", ["http://[bad/", "http://[::1]x@", "http://x:99999/", "http://x:y/"])
async def test_a_link_that_is_no_address_is_passed_over(link: str) -> None:
    html = f'<a href="{link}">bad</a><img src="{link}"><a href="/next">next</a>'
    found = await read(WebPages(), Shelf(html.encode()))
    assert (images(found), pages(found)) == ([], [SITE + "next"])


async def test_links_are_followed_no_deeper_than_allowed() -> None:
    assert pages(await read(WebPages(), Shelf(b'<a href="/next">next</a>'), depth=0)) == []


@pytest.mark.parametrize("start", ["https://SITE.example", "https://www.site.example/", "https://site.example:443/"])
async def test_a_site_is_the_same_however_it_is_spelt(start: str) -> None:
    html = b'<a href="/next"></a><a href="https://else.example/"></a><a href="https://www.site.example/there"></a>'
    assert pages(await read(WebPages(), Shelf(html), start=start)) == [SITE + "next", "https://www.site.example/there"]


async def test_patterns_choose_the_pages() -> None:
    html = b'<a href="/cats/1"></a><a href="/dogs/1"></a><a href="/cats/old"></a>'
    found = await read(WebPages(), Shelf(html), include="*/cats/*", exclude="*/old")
    assert pages(found) == [SITE + "cats/1"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("Robots", "noai"), ("robots", "noimageai"), ("robots", "index, NoAI"), ("stickeratlas", "noai")],
)
async def test_a_page_that_forbids_our_use_is_refused(name: str, words: str) -> None:
    with pytest.raises(LinkFailed) as caught:
        await read(WebPages(), Shelf(f'<meta name="{name}" content="{words}"><img src="a.png">'.encode()))
    assert caught.value.reason == "use_refused"
