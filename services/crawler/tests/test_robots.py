"""What sites say of their use."""

import asyncio
from traceback import walk_tb

import pytest
from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.web.courteous import check_use
from atlas_crawler.web.robots import BYTES, Robots


class Site:
    """Answers for robots.txt, in their order."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)

    async def start_of(self, url: str, size: int) -> bytes:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer[:size]


async def test_the_longest_rule_wins_and_allow_wins_a_tie() -> None:
    robots = Robots(Site(b"User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /*.gif$\nAllow: /x\nDisallow: /x"))
    rules = await robots.rules("http://a.example/")
    for path in ("/a/b/c.png", "/x", "/other", "/z/1.gifs"):
        rules.check(f"http://a.example{path}")
    for path in ("/a", "/a/c", "/z/1.gif"):
        with pytest.raises(LinkFailed):
            rules.check(f"http://a.example{path}")


async def test_the_group_for_our_product_is_ours() -> None:
    robots = Robots(Site(b"User-agent: *\nDisallow: /\n\nUser-agent: StickerAtlas\nAllow: /\nCrawl-delay: 3"))
    rules = await robots.rules("http://a.example/")
    rules.check("http://a.example/x")
    assert rules.delay == 3


@pytest.mark.parametrize("reason", ["http_404", "http_401", "http_403", "http_410"])
async def test_missing_rules_allow_everything(reason: str) -> None:
    (await Robots(Site(LinkFailed(reason))).rules("http://a.example/")).check("http://a.example/x")


@pytest.mark.parametrize("reason", ["http_500", "http_503", "http_429", "timeout", "bad_response"])
async def test_rules_that_can_t_be_read_forbid_everything(reason: str) -> None:
    rules = await Robots(Site(LinkFailed(reason))).rules("http://a.example/")
    with pytest.raises(LinkFailed):
        rules.check("http://a.example/x")


async def test_refusals_keep_nothing_of_one_another() -> None:
    rules = await Robots(Site(LinkFailed("timeout"))).rules("http://a.example/")
    depths = set()
    for _ in range(3):
        with pytest.raises(LinkFailed) as caught:
            rules.check("http://a.example/x")
        depths.add(len(list(walk_tb(caught.value.__traceback__))))
    assert len(depths) == 1


async def test_rules_are_asked_for_once_and_read_no_further_than_they_must_be() -> None:
    site = Site(b"User-agent: *\nDisallow: /a\n" + b"#" * BYTES + b"\nDisallow: /b")
    robots = Robots(site)
    first, second = await asyncio.gather(robots.rules("http://a.example/1"), robots.rules("http://a.example/2"))
    assert first is second
    first.check("http://a.example/b")


def test_what_others_are_told_about_use_does_not_bind_us() -> None:
    check_use(["otherbot: noai", "otherbot: nofollow, noai", "nosnippet", "stickeratlas: nofollow"])


@pytest.mark.parametrize(
    "tag",
    [
        "noimageai",
        "StickerAtlas: NoAI",
        "*: noai",
        "max-image-preview: large, noai",
        "noai, unavailable_after: 25 Jun 2030 15:00:00 PST",
        "stickeratlas: max-snippet: 20, noai",
    ],
)
def test_what_all_or_we_are_told_about_use_binds_us_whatever_rules_stand_beside_it(tag: str) -> None:
    with pytest.raises(LinkFailed) as caught:
        check_use(["nosnippet", tag])
    assert caught.value.reason == "use_refused"
