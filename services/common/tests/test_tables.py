import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import lance
import numpy as np
import pyarrow as pa
import pytest
from atlas_common.errors import NotFound
from atlas_common.schemas import TableSpec
from atlas_common.settings import TableSettings
from atlas_common.tables import Neighbour, Order, Table, Tables, Upkeep, equal
from atlas_common.tables.tidying import INDEXED_ROWS

SPEC = TableSpec("things", ("name",), pa.schema([pa.field("name", pa.string(), nullable=False), ("size", pa.int64())]))


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Tables(str(tmp_path)).open(SPEC)


def things(*names: str, size: int = 1) -> list[dict[str, object]]:
    return [{"name": name, "size": size} for name in names]


def test_a_row_inserted_twice_is_there_once(table: Table) -> None:
    assert table.insert(things("a", "b")) == 2
    assert table.insert(things("b", "c")) == 1
    assert sorted(table.read(["name"])["name"].to_pylist()) == ["a", "b", "c"]


def test_threads_may_write_and_read_one_table_at_once(table: Table) -> None:
    def write(writer: int) -> int:
        return sum(table.insert(things(f"{writer}-{turn}")) for turn in range(10))

    def read(_: int) -> bool:
        return all(table.count() <= table.read(["name"]).num_rows for _ in range(30))

    with ThreadPoolExecutor(4) as threads:
        inserted, grown = threads.map(write, range(2)), threads.map(read, range(2))
        assert sum(inserted) == 20
        assert all(grown)


def test_a_key_that_comes_twice_in_one_insert_is_there_once(table: Table) -> None:
    assert table.insert([*things("a", "b", size=1), *things("a", "c", size=2)]) == 3
    assert {row["name"]: row["size"] for row in table.read().to_pylist()} == {"a": 1, "b": 1, "c": 2}


def test_concurrent_writers_of_the_same_keys_leave_each_key_once(table: Table, tmp_path: Path) -> None:
    def write(writer: int) -> int:
        own = Tables(str(tmp_path)).open(SPEC)
        return sum(own.insert(things(*(f"{turn}-{n}" for n in range(20)), size=writer)) for turn in range(5))

    with ThreadPoolExecutor(6) as threads:
        inserted = sum(threads.map(write, range(6)))
    assert inserted == 100
    assert table.count() == 100
    assert len(set(table.read()["name"].to_pylist())) == 100


def test_processes_that_make_a_table_at_once_lose_no_row(tmp_path: Path) -> None:
    everyone = Barrier(8)

    def make_and_write(writer: int) -> int:
        everyone.wait()
        return Tables(str(tmp_path)).open(SPEC).insert(things(str(writer)))

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(make_and_write, range(8))) == 8
    assert Tables(str(tmp_path)).open(SPEC).count() == 8


def test_an_earlier_version_still_reads_as_it_was(table: Table) -> None:
    table.insert(things("a"))
    version = table.version()
    table.insert(things("b"))
    assert table.count(version=version) == 1
    assert table.count() == 2


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


def test_tables_are_listed_by_name(tmp_path: Path) -> None:
    tables = Tables(str(tmp_path))
    assert tables.names() == []
    tables.open(SPEC)
    assert tables.names() == ["things"]


def test_a_slice_holds_the_rows_that_batches_would_bring_there(table: Table) -> None:
    for part in ("abc", "def", "ghi"):
        table.insert(things(*part))
    in_order = [name for batch in table.batches(["name"], rows=2) for name in batch["name"].to_pylist()]
    assert table.slice(2, 5, ["name"])["name"].to_pylist() == in_order[2:7]


def test_batches_are_no_larger_than_asked_for(table: Table) -> None:
    table.insert(things(*map(str, range(10))))
    assert max(batch.num_rows for batch in table.batches(rows=3)) <= 3


def test_a_store_with_conditional_writes_passes_the_probe(tmp_path: Path) -> None:
    Tables(str(tmp_path)).probe()
    assert list(tmp_path.iterdir()) == []


def test_threads_may_read_one_table_at_once(table: Table) -> None:
    table.insert(things(*map(str, range(100))))
    with ThreadPoolExecutor(16) as threads:
        counts = threads.map(lambda n: table.count(f"name = '{n}'"), range(100))
    assert set(counts) == {1}


def test_the_first_rows_come_in_order(table: Table) -> None:
    table.insert(things("a", "b", size=1))
    table.insert(things("c", "d", size=2))
    first = table.first(3, [Order("size", descending=True), Order("name")])
    assert first["name"].to_pylist() == ["c", "d", "a"]


def test_the_nearest_rows_come_first_with_their_distance(tmp_path: Path) -> None:
    vectors = TableSpec(
        "vectors",
        ("name",),
        pa.schema([pa.field("name", pa.string(), nullable=False), ("vector", pa.list_(pa.float32(), 2))]),
    )
    table = Tables(str(tmp_path)).open(vectors)
    rows = {"east": [1, 0], "north": [0, 1], "west": [-1, 0]}
    table.insert([{"name": name, "vector": vector} for name, vector in rows.items()])
    assert table.nearest("vector", [2, 0], 2) == [Neighbour("east", 0), Neighbour("north", 1)]
    assert table.nearest("vector", [2, 0], 1, "name != 'east'") == [Neighbour("north", 1)]


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


def test_a_table_of_another_writer_opens_as_it_was_made(table: Table, tmp_path: Path) -> None:
    table.insert(things("a"))
    existing = Tables(str(tmp_path)).existing("things")
    assert existing.spec.key == ("name",)
    assert existing.count() == 1


def test_a_table_that_nobody_made_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no table nothing"):
        Tables(str(tmp_path)).existing("nothing")


def test_a_condition_finds_text_that_holds_quotes(table: Table) -> None:
    table.insert(things("it's", "its", "' OR ''='"))
    assert table.count(equal(name="it's")) == 1
    assert table.count(equal(name="' OR ''='")) == 1


def test_a_table_gains_the_columns_of_a_later_version(table: Table, tmp_path: Path) -> None:
    table.insert(things("a"))
    later = TableSpec(SPEC.name, SPEC.key, SPEC.schema.append(pa.field("colour", pa.string())))
    Tables(str(tmp_path)).open(later).insert([{"name": "b", "size": 1, "colour": "red"}])
    rows = Tables(str(tmp_path)).open(later).read().to_pylist()
    assert {row["name"]: row["colour"] for row in rows} == {"a": None, "b": "red"}


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
