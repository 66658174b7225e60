import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import lance
import numpy as np
import pyarrow as pa
import pytest
from atlas_common.errors import NotFound
from atlas_common.schemas import TableSpec
from atlas_common.settings import TableSettings
from atlas_common.tables import Table, Tables, Upkeep, equal
from atlas_common.tables.tidying import INDEXED_ROWS

from services.common.tests.things import SPEC, things


def test_a_pinned_version_survives_tidying(table: Table) -> None:
    table.insert(things("a"))
    version = table.version()
    with table.pinned("run-1", version):
        for name in "bcd":
            table.insert(things(name))
        table.tidy(keep=timedelta(0))
        assert table.read(version=version)["name"].to_pylist() == ["a"]
    assert table.count() == 4
    table.tidy(keep=timedelta(0))
    with pytest.raises(NotFound, match="take a newer one"), table.pinned("run-2", version):
        pass


def test_a_pin_that_a_dead_process_left_is_taken_over(table: Table, tmp_path: Path) -> None:
    table.insert(things("a"))
    lance.dataset(str(tmp_path / "things.lance")).tags.create("run-1", table.version())
    with table.pinned("run-1", table.version()):
        assert table.count() == 1


def test_tidying_joins_small_files_and_indexes_the_key_of_a_large_table(table: Table, tmp_path: Path) -> None:
    for part in range(3):
        table.insert(things(*(f"{part}-{n}" for n in range(INDEXED_ROWS // 2))))
    table.tidy(keep=timedelta(0))
    dataset = lance.dataset(str(tmp_path / "things.lance"))
    assert len(dataset.get_fragments()) == 1
    assert [index.field_names for index in dataset.describe_indices()] == [["name"]]
    assert table.count(equal(name="2-7")) == 1


def test_writers_of_the_same_keys_leave_each_once_while_an_indexed_table_is_tidied(
    table: Table, tmp_path: Path
) -> None:
    table.insert(things(*(f"old-{n}" for n in range(INDEXED_ROWS))))
    table.tidy(keep=timedelta(0))

    def write(_: int) -> int:
        own = Tables(str(tmp_path)).open(SPEC)
        return sum(own.insert(things(*(f"{turn}-{n}" for n in range(20)))) for turn in range(10))

    def tidy(_: int) -> None:
        for _ in range(5):
            Tables(str(tmp_path)).open(SPEC).tidy(keep=timedelta(minutes=5))

    with ThreadPoolExecutor(6) as threads:
        inserted, tidied = threads.map(write, range(4)), threads.map(tidy, range(2))
        assert sum(inserted) == 200
        list(tidied)
    assert table.count() == INDEXED_ROWS + 200


def test_an_index_finds_the_rows_that_are_nearest(tmp_path: Path) -> None:
    columns = [pa.field("name", pa.string(), nullable=False), pa.field("vector", pa.list_(pa.float32(), 8))]
    table = Tables(str(tmp_path)).open(TableSpec("vectors", ("name",), pa.schema(columns), searched="vector"))
    vectors = np.random.default_rng(0).normal(size=(INDEXED_ROWS, 8)).astype(np.float32)
    table.insert([{"name": str(number), "vector": vector} for number, vector in enumerate(vectors)])
    exact = table.nearest("vector", vectors[7].tolist(), 10)
    table.tidy(keep=timedelta(0))
    table.insert([{"name": "twin", "vector": vectors[7]}])
    found = table.nearest("vector", vectors[7].tolist(), 11)
    assert {"twin", *(one.key for one in exact)} == {one.key for one in found}


async def test_upkeep_tidies_each_table_again_and_again(table: Table, tmp_path: Path) -> None:
    for name in "abc":
        table.insert(things(name))
    stop = asyncio.Event()
    keeping = Upkeep(Tables(str(tmp_path)), [SPEC], TableSettings(tidy_seconds=0.01))
    running = asyncio.create_task(keeping.run(stop))
    async with asyncio.timeout(30):
        while len(lance.dataset(str(tmp_path / "things.lance")).get_fragments()) > 1:
            await asyncio.sleep(0.01)
    stop.set()
    await running
    assert table.count() == 3
