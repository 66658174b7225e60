"""One crawl meets everything that a web that means harm can answer."""

from dataclasses import replace

import psutil
import pytest
from atlas_common.schemas import FAILURES_CRAWL
from atlas_crawler.server import Settings
from atlas_crawler.settings import FetchSettings

from ..hostile_web import ENDS, IMAGE_BYTES, hostile_web, slug
from .conftest import running

pytestmark = pytest.mark.contract

MEMORY_BYTES = 700 * 1024 * 1024


async def test_every_hostile_answer_ends_with_its_reason_and_the_good_one_is_stored(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    limits = FetchSettings(
        allow_networks=("127.0.0.0/8",),
        image_bytes=IMAGE_BYTES,
        total_seconds=15,
        read_seconds=5,
        connect_seconds=20,
    )
    patient = replace(settings, fetch=limits, service=settings.service.model_copy(update={"attempts": 1}))
    async with hostile_web() as web, running(patient, tmp_path_factory.mktemp("run")) as crawler:
        addresses = "\n".join(f"{web}{slug(name)}" for name in [*ENDS, "good"])
        crawl = await crawler.crawl("urls", "", {"urls": addresses})
        rows = crawler.tables.open(FAILURES_CRAWL).read(["url", "reason"]).to_pylist()
    assert {row["url"].removeprefix(web): row["reason"] for row in rows} == {
        slug(name): reason for name, reason in ENDS.items()
    }
    assert crawl.progress.stored == 1
    assert psutil.Process().memory_info().rss < MEMORY_BYTES
