from pathlib import Path

from atlas_laptop.installation import ROOT
from atlas_laptop.procfile import read_procfile


def test_commands_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "Procfile"
    file.write_text("# the store first\nstore: serve --at :9000\n\nqueue: nats-server\n")
    assert list(read_procfile(file).items()) == [("store", "serve --at :9000"), ("queue", "nats-server")]


def test_the_projects_store_and_queue_start_first() -> None:
    assert list(read_procfile(ROOT / "Procfile"))[:2] == ["minio", "nats"]
