"""Lance tables on any S3 server: commits of several processes keep every row, and keep it once."""

import asyncio
import sys

import pytest
from atlas_common.errors import Unavailable
from atlas_common.schemas import SIGHTINGS
from atlas_common.settings import StoreSettings
from atlas_common.store import ObjectStore
from atlas_common.tables import Tables

pytestmark = pytest.mark.contract

PROCESSES, COMMITS, ROWS = 4, 5, 10


@pytest.fixture
async def tables(s3: StoreSettings) -> Tables:
    store = ObjectStore(s3)
    await store.prepare()
    return Tables.in_store(s3)


# Each process is a Python of its own, so that nothing is shared but the store.
INSERT = f"""
from atlas_common.schemas import SIGHTINGS
from atlas_common.settings import StoreSettings
from atlas_common.tables import Tables

table = Tables.in_store(StoreSettings()).open(SIGHTINGS)
for commit in range({COMMITS}):
    rows = [{{"crawl_id": "c", "url": f"https://a.example/{{commit}}/{{n}}", "sha256": "0"}} for n in range({ROWS})]
    print(table.insert(rows))
"""


async def insert_in_a_process(settings: StoreSettings) -> int:
    environment = {
        "ATLAS_STORE_ENDPOINT": settings.endpoint,
        "ATLAS_STORE_BUCKET": settings.bucket,
        "ATLAS_STORE_ACCESS_KEY": settings.access_key.get_secret_value(),
        "ATLAS_STORE_SECRET_KEY": settings.secret_key.get_secret_value(),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", INSERT, env=environment, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return sum(map(int, output.split()))


def test_the_probe_accepts_the_store(tables: Tables) -> None:
    tables.probe()


async def test_processes_that_insert_the_same_rows_leave_each_row_once(tables: Tables, s3: StoreSettings) -> None:
    inserted = await asyncio.gather(*(insert_in_a_process(s3) for _ in range(PROCESSES)))
    table = tables.open(SIGHTINGS)
    assert sum(inserted) == COMMITS * ROWS
    assert table.count() == COMMITS * ROWS
    assert len(set(table.read(["url"])["url"].to_pylist())) == COMMITS * ROWS


def test_a_store_that_does_not_answer_is_unavailable() -> None:
    nowhere = StoreSettings(endpoint="http://127.0.0.1:1")
    with pytest.raises(Unavailable):
        Tables.in_store(nowhere).open(SIGHTINGS)
