import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from atlas_common.errors import NotFound
from atlas_modelserver.model import ModelRef, State, VersionStatus
from atlas_modelserver.repository import Repository

from services.modelserver.tests.fakes import load


@pytest.fixture
async def models(tmp_path: Path) -> AsyncIterator[Repository]:
    repository = Repository(tmp_path, ["cats"], load)
    yield repository
    stop = asyncio.Event()
    stop.set()
    await repository.watch(1, stop)


async def test_the_newest_version_is_served_and_ready(models: Repository, tmp_path: Path) -> None:
    for version in ("9", "10", ".11.part"):
        (tmp_path / "cats" / version).mkdir(parents=True)
    assert not await models.is_ready()
    await models.look("cats")
    assert models.find(ModelRef("cats")).version == 10
    assert await models.is_ready()


async def test_a_newer_version_takes_over_and_the_older_one_ends(models: Repository, tmp_path: Path) -> None:
    (tmp_path / "cats" / "1").mkdir(parents=True)
    await models.look("cats")
    (tmp_path / "cats" / "2").mkdir()
    await models.look("cats")
    assert models.find(ModelRef("cats")).version == 2
    assert models.statuses(ModelRef("cats")) == [VersionStatus(2, State.AVAILABLE), VersionStatus(1, State.END)]


async def test_a_version_that_cannot_be_loaded_leaves_the_one_in_use(models: Repository, tmp_path: Path) -> None:
    (tmp_path / "cats" / "1").mkdir(parents=True)
    await models.look("cats")
    (tmp_path / "cats" / "2").mkdir()
    (tmp_path / "cats" / "2" / "broken").touch()
    await models.look("cats")
    assert models.find(ModelRef("cats")).version == 1
    assert models.statuses(ModelRef("cats", 2)) == [VersionStatus(2, State.END, "no SavedModel here")]
    (tmp_path / "cats" / "2" / "broken").unlink()
    await models.look("cats")
    assert models.find(ModelRef("cats")).version == 2


async def test_what_is_not_there_is_not_found(models: Repository, tmp_path: Path) -> None:
    (tmp_path / "cats" / "1").mkdir(parents=True)
    await models.look("cats")
    with pytest.raises(NotFound, match=r"Servable not found for request: Latest\(dogs\)"):
        models.find(ModelRef("dogs"))
    with pytest.raises(NotFound, match=r"Servable not found for request: Specific\(cats, 7\)"):
        models.find(ModelRef("cats", 7))
    with pytest.raises(NotFound, match="Could not find any versions of model dogs"):
        models.statuses(ModelRef("dogs"))
    with pytest.raises(NotFound, match="Could not find version 7 of model cats"):
        models.statuses(ModelRef("cats", 7))
