from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pyarrow as pa
import pytest
from atlas_common.errors import NotFound
from atlas_common.schemas import TableSpec
from atlas_common.tables import Table, Tables

from services.common.tests.things import SPEC, things


def test_processes_that_make_a_table_at_once_lose_no_row(tmp_path: Path) -> None:
    everyone = Barrier(8)

    def make_and_write(writer: int) -> int:
        everyone.wait()
        return Tables(str(tmp_path)).open(SPEC).insert(things(str(writer)))

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(make_and_write, range(8))) == 8
    assert Tables(str(tmp_path)).open(SPEC).count() == 8


def test_tables_are_listed_by_name(tmp_path: Path) -> None:
    tables = Tables(str(tmp_path))
    assert tables.names() == []
    tables.open(SPEC)
    assert tables.names() == ["things"]


def test_a_store_with_conditional_writes_passes_the_probe(tmp_path: Path) -> None:
    Tables(str(tmp_path)).probe()
    assert list(tmp_path.iterdir()) == []


def test_a_table_of_another_writer_opens_as_it_was_made(table: Table, tmp_path: Path) -> None:
    table.insert(things("a"))
    existing = Tables(str(tmp_path)).existing("things")
    assert existing.spec.key == ("name",)
    assert existing.count() == 1


def test_a_table_that_nobody_made_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no table nothing"):
        Tables(str(tmp_path)).existing("nothing")


def test_a_table_gains_the_columns_of_a_later_version(table: Table, tmp_path: Path) -> None:
    table.insert(things("a"))
    later = TableSpec(SPEC.name, SPEC.key, SPEC.schema.append(pa.field("colour", pa.string())))
    Tables(str(tmp_path)).open(later).insert([{"name": "b", "size": 1, "colour": "red"}])
    rows = Tables(str(tmp_path)).open(later).read().to_pylist()
    assert {row["name"]: row["colour"] for row in rows} == {"a": None, "b": "red"}
