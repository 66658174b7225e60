from datetime import UTC, datetime
from pathlib import Path

import pytest
from atlas_common.schemas import IMAGES, TAKEDOWNS
from atlas_common.tables import Tables
from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.links import Link, LinkKind, Task
from atlas_crawler.takedowns import LanceTakedowns

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TASK = Task.first(Link("https://a.example/cat.png", LinkKind.IMAGE, "https://pages.example/"))


class Bucket:
    """Notes what is removed from it."""

    def __init__(self) -> None:
        self.removed: list[str] = []

    async def remove(self, key: str) -> None:
        self.removed.append(key)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(str(tmp_path))


def take_down(tables: Tables, kind: str, value: str) -> None:
    tables.open(TAKEDOWNS).insert([{"kind": kind, "value": value, "reason": "asked", "decided_at": NOW}])


async def test_an_image_that_was_on_its_way_while_it_was_taken_down_is_removed(tables: Tables) -> None:
    bucket = Bucket()
    takedowns = LanceTakedowns(tables, bucket)
    take_down(tables, "image", "cat")
    await takedowns.follow()
    assert bucket.removed == []
    tables.open(IMAGES).insert([{"sha256": "cat"}, {"sha256": "dog"}])
    await takedowns.follow()
    assert bucket.removed == ["images/cat"]
    assert tables.open(IMAGES).read(["sha256"])["sha256"].to_pylist() == ["dog"]


@pytest.mark.parametrize(
    ("kind", "value"), [("site", "a.example"), ("url", "HTTPS://Pages.example"), ("site", "b.example")]
)
async def test_a_link_to_what_was_taken_down_is_refused_wherever_it_leads_there(
    tables: Tables, kind: str, value: str
) -> None:
    takedowns = LanceTakedowns(tables, Bucket())
    moved = TASK.moved("https://img.b.example/cat.png")
    takedowns.check_link(moved)
    take_down(tables, kind, value)
    await takedowns.follow()
    with pytest.raises(LinkFailed):
        takedowns.check_link(moved)
