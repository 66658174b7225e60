from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
from atlas_common.schemas import TableSpec
from atlas_common.tables import Neighbour, Order, Table, Tables, equal

from services.common.tests.things import SPEC, things


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


def test_an_earlier_version_still_reads_as_it_was(table: Table) -> None:
    table.insert(things("a"))
    version = table.version()
    table.insert(things("b"))
    assert table.count(version=version) == 1
    assert table.count() == 2


def test_rows_are_counted_in_the_order_of_batches(table: Table) -> None:
    for part in ("abc", "def", "ghi"):
        table.insert(things(*part))
    table.delete("name = 'b'")
    in_order = [name for batch in table.batches(["name"], rows=2) for name in batch["name"].to_pylist()]
    assert table.slice(2, 5, ["name"])["name"].to_pylist() == in_order[2:7]
    assert table.take([7, 1, 4], ["name"])["name"].to_pylist() == [in_order[7], in_order[1], in_order[4]]


def test_batches_are_no_larger_than_asked_for(table: Table) -> None:
    table.insert(things(*map(str, range(10))))
    assert max(batch.num_rows for batch in table.batches(rows=3)) <= 3


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


def test_a_condition_finds_text_that_holds_quotes(table: Table) -> None:
    table.insert(things("it's", "its", "' OR ''='"))
    assert table.count(equal(name="it's")) == 1
    assert table.count(equal(name="' OR ''='")) == 1
