import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event

import pytest
from atlas_clustering.archive import LanceArchive
from atlas_clustering.desk import RunDesk
from atlas_clustering.held_runs import HeldRuns
from atlas_clustering.model import Run, RunSpec, RunState
from atlas_clustering.run import Parts, Tell
from atlas_clustering.run_worker import RunWorker
from atlas_clustering.settling import refuse_too_few
from atlas_common.errors import Conflict, InvalidInput, NotFound

from services.clustering.tests.conftest import Embed

Perform = Callable[[Run, Tell], Run]


class Announcements(list[str]):
    async def __call__(self, run_id: str) -> None:
        self.append(run_id)


def met(spec: RunSpec) -> None:
    """Nothing speaks against the spec."""


def done_at_once(run: Run, tell: Tell) -> Run:
    tell(run)
    return replace(run, albums=3)


@asynccontextmanager
async def working(archive: LanceArchive, perform: Perform, heard: Announcements) -> AsyncIterator[RunDesk]:
    runs, stop = HeldRuns(archive), asyncio.Event()
    worker = RunWorker(archive, runs, perform, heard, stale=timedelta(seconds=60))
    work = asyncio.create_task(worker.work(stop))
    yield RunDesk(archive, runs, met)
    stop.set()
    await work


async def states(desk: RunDesk, run_id: str) -> list[RunState]:
    return [run.state async for run in desk.watch(run_id)]


async def test_a_run_is_watched_to_its_publication(archive: LanceArchive) -> None:
    heard = Announcements()
    async with working(archive, done_at_once, heard) as desk:
        run = await desk.start(RunSpec(k=3))
        assert (await states(desk, run.run_id))[-1] is RunState.PUBLISHED
    assert archive.run(run.run_id).albums == 3
    assert heard == [run.run_id]


async def test_two_runs_asked_for_at_once_are_done_one_after_the_other(archive: LanceArchive) -> None:
    order: list[str] = []

    def noted(run: Run, tell: Tell) -> Run:
        order.append(f"begin {run.run_id}")
        tell(run)
        order.append(f"end {run.run_id}")
        return run

    async with working(archive, noted, Announcements()) as desk:
        first, second = await desk.start(RunSpec()), await desk.start(RunSpec())
        for run in (first, second):
            await states(desk, run.run_id)
    assert order == [f"{what} {run.run_id}" for run in (first, second) for what in ("begin", "end")]


async def test_a_run_that_is_called_off_is_never_published(archive: LanceArchive) -> None:
    begun, called_off = Event(), Event()

    def slow(run: Run, tell: Tell) -> Run:
        begun.set()
        called_off.wait(10)
        tell(run)
        return run

    async with working(archive, slow, heard := Announcements()) as desk:
        run = await desk.start(RunSpec())
        await asyncio.to_thread(begun.wait, 10)
        assert (await desk.cancel(run.run_id)).state is RunState.CANCELLED
        called_off.set()
        assert (await states(desk, run.run_id))[-1] is RunState.CANCELLED
        with pytest.raises(Conflict):
            await desk.cancel(run.run_id)
    assert archive.published() is None
    assert heard == []


async def test_a_defect_fails_the_run_and_not_the_service(archive: LanceArchive) -> None:
    def broken(run: Run, tell: Tell) -> Run:
        raise ZeroDivisionError("a defect")

    async with working(archive, broken, Announcements()) as desk:
        run = await desk.start(RunSpec())
        await states(desk, run.run_id)
        assert (await desk.get(run.run_id)).detail == "ZeroDivisionError: a defect"


async def test_a_run_that_another_replica_left_is_taken_over(archive: LanceArchive) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    archive.record(Run("left", RunSpec(), RunState.RUNNING, started_at=long_ago, changed_at=long_ago))
    async with working(archive, done_at_once, Announcements()) as desk:
        assert (await states(desk, "left"))[-1] is RunState.PUBLISHED


async def test_a_run_that_another_replica_works_on_is_left_alone(archive: LanceArchive) -> None:
    now = datetime.now(UTC)
    archive.record(Run("theirs", RunSpec(), RunState.RUNNING, started_at=now, changed_at=now))
    async with working(archive, done_at_once, Announcements()) as desk:
        ours = await desk.start(RunSpec())
        await states(desk, ours.run_id)
        assert (await desk.get("theirs")).state is RunState.RUNNING


async def test_what_makes_no_sense_is_refused_at_once(archive: LanceArchive) -> None:
    desk = RunDesk(archive, HeldRuns(archive), met)
    for spec in (RunSpec(k=-1), RunSpec(seed=-1), RunSpec(recipe="soup"), RunSpec(features_version=-2)):
        with pytest.raises(InvalidInput):
            await desk.start(spec)
    with pytest.raises(NotFound):
        await desk.get("no such run")


async def test_only_a_published_run_is_continued(archive: LanceArchive) -> None:
    desk = RunDesk(archive, HeldRuns(archive), met)
    under_way = await desk.start(RunSpec())
    with pytest.raises(InvalidInput, match="no albums to go on from"):
        await desk.start(RunSpec(continues=under_way.run_id))
    with pytest.raises(NotFound):
        await desk.start(RunSpec(continues="no such run"))


async def test_more_albums_than_there_are_stickers_are_refused_at_once(parts: Parts, embed: Embed) -> None:
    check = partial(refuse_too_few, shelf=parts.shelf, archive=parts.archive)
    desk = RunDesk(parts.archive, HeldRuns(parts.archive), check)
    embed(0, 5)
    with pytest.raises(InvalidInput, match="k: 6 albums cannot be made of 5 stickers"):
        await desk.start(RunSpec(k=6))
    assert (await desk.start(RunSpec(k=5))).spec.k == 5
