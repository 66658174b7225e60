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
from atlas_clustering.run_worker import Announce, RunWorker
from atlas_clustering.settling import refuse_too_few
from atlas_common.errors import Conflict, InvalidInput, NotFound, Unavailable
from atlas_common.tables import Tables

from services.clustering.tests.conftest import Embed

Perform = Callable[[Run, Tell], Run]

PATIENCE_SECONDS = 60


class Announcements(list[str]):
    async def __call__(self, run_id: str) -> None:
        self.append(run_id)


def met(spec: RunSpec) -> None:
    """Nothing speaks against the spec."""


def done_at_once(run: Run, tell: Tell) -> Run:
    tell(run)
    return replace(run, albums=3)


@asynccontextmanager
async def working(
    archive: LanceArchive, perform: Perform, heard: Announce, stale: float = 60
) -> AsyncIterator[RunDesk]:
    runs, stop = HeldRuns(archive), asyncio.Event()
    worker = RunWorker(archive, runs, perform, heard, stale=timedelta(seconds=stale))
    work = asyncio.create_task(worker.work(stop))
    try:
        yield RunDesk(archive, runs, met)
    finally:
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
        called_off.wait(PATIENCE_SECONDS)
        tell(run)
        return run

    async with working(archive, slow, heard := Announcements()) as desk:
        run = await desk.start(RunSpec())
        await asyncio.to_thread(begun.wait, PATIENCE_SECONDS)
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


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> int:
    """Further tries follow at once; how many there are."""
    monkeypatch.setattr("atlas_clustering.run_worker.PAUSES_SECONDS", (0, 0, 0))
    return 3


async def test_a_run_outlasts_a_store_that_is_away_for_a_moment(archive: LanceArchive, no_pauses: int) -> None:
    specs: list[RunSpec] = []

    def interrupted(run: Run, tell: Tell) -> Run:
        specs.append(run.spec)
        tell(replace(run, spec=RunSpec(model="toy", features_version=7)))
        if len(specs) <= no_pauses:
            raise Unavailable("the store is away")
        return run

    async with working(archive, interrupted, Announcements()) as desk:
        run = await desk.start(RunSpec())
        assert (await states(desk, run.run_id))[-1] is RunState.PUBLISHED
    assert specs == [RunSpec()] + [RunSpec(model="toy", features_version=7)] * no_pauses


async def test_a_run_whose_store_stays_away_fails_and_says_what_to_do(archive: LanceArchive, no_pauses: int) -> None:
    tries: list[str] = []

    def interrupted(run: Run, tell: Tell) -> Run:
        tries.append(run.run_id)
        raise Unavailable("no connection")

    async with working(archive, interrupted, Announcements()) as desk:
        run = await desk.start(RunSpec())
        assert (await states(desk, run.run_id))[-1] is RunState.FAILED
        assert "start the run again once it answers (no connection)" in (await desk.get(run.run_id)).detail
    assert tries == [run.run_id] * (1 + no_pauses)


class UnwritableArchive(LanceArchive):
    """Does not take a run's end at the first tries."""

    failures = 3

    def record(self, run: Run) -> None:
        if run.ended and self.failures:
            self.failures -= 1
            raise Unavailable("the store is away")
        super().record(run)


async def test_a_run_is_not_done_again_for_a_store_that_is_away_when_it_is_published(
    tables: Tables, no_pauses: int
) -> None:
    archive, done = UnwritableArchive(tables), list[str]()

    def counted(run: Run, tell: Tell) -> Run:
        done.append(run.run_id)
        return run

    async with working(archive, counted, Announcements()) as desk:
        run = await desk.start(RunSpec())
        assert (await states(desk, run.run_id))[-1] is RunState.PUBLISHED
    assert (archive.failures, done) == (0, [run.run_id])


async def test_a_failure_is_told_at_once_and_recorded_when_the_store_is_back(tables: Tables) -> None:
    archive = UnwritableArchive(tables)

    def impossible(run: Run, tell: Tell) -> Run:
        raise InvalidInput("too few stickers")

    async with working(archive, impossible, Announcements(), stale=0.06) as desk:
        run = await desk.start(RunSpec())
        assert (await states(desk, run.run_id))[-1] is RunState.FAILED
        while archive.run(run.run_id).state is RunState.RUNNING:
            await asyncio.sleep(0.01)
    assert (archive.failures, archive.run(run.run_id).detail) == (0, "too few stickers")


async def test_a_run_that_waits_for_the_store_is_left_to_others_when_the_process_ends(archive: LanceArchive) -> None:
    tried = Event()

    def interrupted(run: Run, tell: Tell) -> Run:
        tried.set()
        raise Unavailable("the store is away")

    async with working(archive, interrupted, Announcements()) as desk:
        run = await desk.start(RunSpec())
        await asyncio.to_thread(tried.wait, PATIENCE_SECONDS)
    assert archive.run(run.run_id).state is RunState.RUNNING


async def test_a_run_that_another_replica_left_is_taken_over(archive: LanceArchive) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    archive.record(Run("left", RunSpec(), RunState.RUNNING, started_at=long_ago, changed_at=long_ago))
    async with working(archive, done_at_once, Announcements()) as desk:
        assert (await states(desk, "left"))[-1] is RunState.PUBLISHED


async def test_a_run_that_another_replica_took_up_while_it_waited_is_not_done_again(archive: LanceArchive) -> None:
    done: list[str] = []
    begun, other_is_done = Event(), Event()

    def noted(run: Run, tell: Tell) -> Run:
        done.append(run.run_id)
        begun.set()
        other_is_done.wait(PATIENCE_SECONDS)
        return run

    async with working(archive, noted, Announcements()) as desk:
        first, second = await desk.start(RunSpec()), await desk.start(RunSpec())
        await asyncio.to_thread(begun.wait, PATIENCE_SECONDS)
        archive.record(replace(second, state=RunState.PUBLISHED, albums=7, changed_at=datetime.now(UTC)))
        other_is_done.set()
        await states(desk, first.run_id)
        third = await desk.start(RunSpec())
        await states(desk, third.run_id)
        assert (await desk.get(second.run_id)).albums == 7
    assert done == [first.run_id, third.run_id]


async def test_a_run_that_was_called_off_elsewhere_is_not_published(archive: LanceArchive) -> None:
    begun, called_off = Event(), Event()

    def slow(run: Run, tell: Tell) -> Run:
        begun.set()
        called_off.wait(PATIENCE_SECONDS)
        return run

    async with working(archive, slow, heard := Announcements()) as desk:
        run = await desk.start(RunSpec())
        await asyncio.to_thread(begun.wait, PATIENCE_SECONDS)
        await RunDesk(archive, HeldRuns(archive), met).cancel(run.run_id)
        called_off.set()
        assert (await states(desk, run.run_id))[-1] is RunState.CANCELLED
    assert archive.published() is None
    assert heard == []


def test_the_end_of_a_run_holds_whatever_another_replica_records_after_it(archive: LanceArchive) -> None:
    now = datetime.now(UTC)
    run = Run("one", RunSpec(), RunState.RUNNING, started_at=now, changed_at=now)
    archive.record(replace(run, state=RunState.CANCELLED, changed_at=now + timedelta(seconds=1)))
    archive.record(replace(run, changed_at=now + timedelta(seconds=2)))
    assert archive.run("one").state is RunState.CANCELLED
    assert [run.state for run in archive.runs()] == [RunState.CANCELLED]


async def test_a_run_is_published_although_the_queue_fails_to_tell_of_it(archive: LanceArchive) -> None:
    async def fail(run_id: str) -> None:
        raise Unavailable("the queue is away")

    async with working(archive, done_at_once, fail) as desk:
        run = await desk.start(RunSpec())
        await states(desk, run.run_id)
    assert archive.run(run.run_id).state is RunState.PUBLISHED


class FailingArchive(LanceArchive):
    """Is away at the first looks."""

    failures = 1

    def run(self, run_id: str) -> Run:
        self.fail()
        return super().run(run_id)

    def runs(self) -> list[Run]:
        self.fail()
        return super().runs()

    def fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("the store is away")


async def test_runs_are_done_although_the_store_was_away_for_a_moment(tables: Tables) -> None:
    archive = FailingArchive(tables)
    async with working(archive, done_at_once, Announcements(), stale=0.06) as desk:
        while archive.failures:
            await asyncio.sleep(0)
        run = await desk.start(RunSpec())
        assert (await states(desk, run.run_id))[-1] is RunState.PUBLISHED


async def test_a_run_is_kept_alive_although_the_store_was_away_for_a_moment(tables: Tables) -> None:
    archive = FailingArchive(tables)
    archive.failures = 0
    begun, heard_of = Event(), Event()

    def slow(run: Run, tell: Tell) -> Run:
        archive.failures = 2
        begun.set()
        heard_of.wait(PATIENCE_SECONDS)
        return run

    async with working(archive, slow, Announcements(), stale=0.06) as desk:
        run = await desk.start(RunSpec())
        await asyncio.to_thread(begun.wait, PATIENCE_SECONDS)
        while archive.failures or archive.run(run.run_id).changed_at == run.changed_at:
            await asyncio.sleep(0.01)
        heard_of.set()
        assert (await states(desk, run.run_id))[-1] is RunState.PUBLISHED


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
