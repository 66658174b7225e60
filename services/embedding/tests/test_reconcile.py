from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from atlas_common.queue import Backlog
from atlas_common.schemas import IMAGES
from atlas_common.tables import Tables
from atlas_embedding import records
from atlas_embedding.model import Embedded, Failure, Network
from atlas_embedding.reconcile import Reconciler
from atlas_embedding.records import FeatureTables

NOW = datetime.now(UTC)
NETWORK = Network("m-p2", "m-p2@00", 1, "images", {"pool3": 4})


class FakeUndone:
    def __init__(self, *ids: list[str], done: int = 7) -> None:
        self._ids = ids
        self._done = done
        self.complete = 0

    def undone(self, stored_before: datetime) -> Iterator[list[str]]:
        yield from self._ids

    async def embedded(self) -> int:
        return self._done

    async def note_complete(self) -> None:
        self.complete += 1


def reconciler(waiting: int, queued: list[str], pictures: FakeUndone | None = None) -> Reconciler:
    async def backlog() -> Backlog:
        return Backlog(waiting, 0)

    async def enqueue(sha256: str) -> None:
        queued.append(sha256)

    return Reconciler(pictures or FakeUndone(["a", "b"], [], ["c"]), backlog, enqueue, every_seconds=60)


async def test_forgotten_pictures_are_queued_again() -> None:
    queued: list[str] = []
    assert await reconciler(0, queued).reconcile(NOW) == 3
    assert queued == ["a", "b", "c"]


async def test_nothing_is_queued_again_while_the_queue_has_work() -> None:
    queued: list[str] = []
    assert await reconciler(5, queued).reconcile(NOW) == 0
    assert queued == []


async def test_a_model_is_complete_once_when_nothing_is_left_to_do() -> None:
    pictures = FakeUndone([])
    everything_done = reconciler(0, [], pictures)
    await everything_done.reconcile(NOW)
    await everything_done.reconcile(NOW)
    assert pictures.complete == 1


@pytest.mark.parametrize(
    ("waiting", "pictures"), [(0, FakeUndone(["a"])), (1, FakeUndone([])), (0, FakeUndone([], done=0))]
)
async def test_a_model_is_not_complete_while_there_is_work_or_nothing_at_all(
    waiting: int, pictures: FakeUndone
) -> None:
    await reconciler(waiting, [], pictures).reconcile(NOW)
    assert pictures.complete == 0


@pytest.mark.parametrize("at_once", [3, 100])
async def test_undone_are_old_images_with_neither_features_nor_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(records, "IDS_AT_ONCE", at_once)
    ids = [f"{n:02x}".ljust(64, "0") for n in range(0, 256, 16)]
    tables = Tables(str(tmp_path))
    ages = [timedelta(days=1)] * 15 + [timedelta()]
    tables.open(IMAGES).insert([{"sha256": i, "stored_at": NOW - age} for i, age in zip(ids, ages, strict=True)])
    features = FeatureTables(tables, NETWORK)
    await features.add([Embedded(sha256, 1, bytes(1024), {"pool3": np.ones(4, np.float32)}) for sha256 in ids[:5]])
    await features.add_failures([Failure(sha256, "truncated_image", "", 1) for sha256 in ids[5:7]])
    found = list(features.undone(NOW - timedelta(hours=1)))
    assert sorted(chain.from_iterable(found)) == ids[7:15]
    assert max(map(len, found)) <= at_once
    assert (await features.embedded(), await features.failures()) == (5, {"truncated_image": 2})
