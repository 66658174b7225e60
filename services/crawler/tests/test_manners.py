"""What the crawler owes its hosts, with a clock of its own."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest
from atlas_common.queue import Note
from atlas_crawler.lanes import Lanes
from atlas_crawler.model.exceptions import LinkFailed, NotYet
from atlas_crawler.model.links import Link, LinkKind, Task
from atlas_crawler.web.addresses import AddressGuard, AddressRefused
from atlas_crawler.web.courteous import check_use
from atlas_crawler.web.pacing import LONGEST_DELAY, Pacing
from atlas_crawler.web.retry_after import seconds_to_wait
from atlas_crawler.web.robots import BYTES, Robots


class Board:
    """Notes that replicas share."""

    def __init__(self) -> None:
        self.notes: dict[str, Note] = {}

    async def read(self, key: str) -> Note:
        await asyncio.sleep(0)
        return self.notes.get(key, Note(key, b"", 0))

    async def change(self, note: Note, value: bytes) -> bool:
        if self.notes.get(note.key, Note(note.key, b"", 0)).revision != note.revision:
            return False
        self.notes[note.key] = Note(note.key, value, note.revision + 1)
        return True

    async def watch(self) -> AsyncIterator[Note]:
        for note in list(self.notes.values()):
            yield note


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_a_host_that_asks_for_nothing_is_not_waited_for(clock: Clock) -> None:
    board = Board()
    await Pacing(board, clock, clock.sleep).turn("a.example", 0)
    assert (clock.slept, board.notes) == ([], {})


async def test_replicas_take_turns_at_a_host_that_asks_for_time(clock: Clock) -> None:
    board = Board()
    replicas = [Pacing(board, clock, clock.sleep) for _ in range(4)]
    await asyncio.gather(*(replica.turn("a.example", 2.0) for replica in replicas))
    assert sorted(clock.slept) == [0, 2, 4, 6]


async def test_a_turn_that_is_far_off_is_not_waited_for(clock: Clock) -> None:
    pacing = Pacing(Board(), clock, clock.sleep)
    await pacing.slow_down("a.example", rest=60)
    with pytest.raises(NotYet) as caught:
        await pacing.turn("a.example", 0)
    assert caught.value.seconds == 60


async def test_a_host_s_delay_doubles_with_each_refusal_and_shrinks_with_each_turn(clock: Clock) -> None:
    board = Board()
    pacing = Pacing(board, clock, clock.sleep)
    for _ in range(3):
        await pacing.slow_down("a.example", rest=0)
    (slowest,) = board.notes.values()
    assert b'"delay": 2.0' in slowest.value
    for _ in range(40):
        clock.now += 10
        await pacing.turn("a.example", 0)
    (recovered,) = board.notes.values()
    assert b'"delay": 0' in recovered.value


async def test_a_host_that_asks_for_hours_between_requests_is_left_alone(clock: Clock) -> None:
    with pytest.raises(LinkFailed) as caught:
        await Pacing(Board(), clock, clock.sleep).turn("a.example", LONGEST_DELAY + 1)
    assert caught.value.reason == "crawl_delay_too_long"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    guard = AddressGuard([])
    assert not guard.allows(address)
    with pytest.raises(AddressRefused):
        guard.socket((0, 0, 0, "", (address, 80)))


def test_public_addresses_and_named_networks_are_allowed() -> None:
    assert AddressGuard([]).allows("1.1.1.1")
    assert AddressGuard([]).allows("2606:4700:4700::1111")
    assert AddressGuard([ip_network("127.0.0.0/8")]).allows("127.9.9.9")


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


async def test_rules_are_asked_for_once_and_read_no_further_than_they_must_be() -> None:
    site = Site(b"User-agent: *\nDisallow: /a\n" + b"#" * BYTES + b"\nDisallow: /b")
    robots = Robots(site)
    first, second = await asyncio.gather(robots.rules("http://a.example/1"), robots.rules("http://a.example/2"))
    assert first is second
    first.check("http://a.example/b")


@pytest.mark.parametrize(
    ("value", "seconds"), [("120", 120), ("", 0), ("soon", 0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)]
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float) -> None:
    assert seconds_to_wait(value) == seconds


def test_what_others_are_told_about_use_does_not_bind_us() -> None:
    check_use(["otherbot: noai", "nosnippet", "stickeratlas: nofollow"])
    with pytest.raises(LinkFailed):
        check_use(["nosnippet", "noimageai"])


def test_a_host_s_links_share_one_lane_and_jobs_hold_no_more_than_they_may() -> None:
    lanes = Lanes(count=8, host_connections=4, links_per_job=3, ack_wait=10)
    links = [Link(f"http://{host}.example/{n}.png", LinkKind.IMAGE) for host in "ab" for n in range(7)]
    jobs = list(lanes.jobs("c", map(Task.first, links)))
    assert {len(job.tasks) for _, job in jobs} == {3, 1}
    assert all(len({lanes.lane(task.at) for task in job.tasks}) == 1 for _, job in jobs)
    assert lanes.lane("http://a.example/1") == lanes.lane("https://A.example:8443/2")
    assert {consumer.max_ack_pending for consumer in lanes.consumers(LinkKind.IMAGE)} == {3}
    assert {consumer.max_ack_pending for consumer in lanes.consumers(LinkKind.PAGE)} == {1}
