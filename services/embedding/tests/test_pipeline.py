import asyncio
from collections.abc import Sequence

import numpy as np
import pytest
from atlas_common.errors import BrokenInvariant, InvalidInput, Unavailable
from atlas_embedding.held import HeldJobs
from atlas_embedding.model import Embedded, Failure
from atlas_embedding.pipeline import Pipeline
from atlas_embedding.recorder import Recorder
from atlas_embedding.settings import PipelineSettings

SETTINGS = PipelineSettings(in_flight=8, rows=4, rows_seconds=0.01, attempts=3)


class FakeJob:
    def __init__(self, sha256: str, attempt: int = 1) -> None:
        self.data = sha256.encode()
        self.attempt = attempt
        self.settled = ""

    async def done(self) -> None:
        self.settled = "done"

    async def again(self, delay: float = 0) -> None:
        self.settled = "again"

    async def never(self) -> None:
        self.settled = "never"

    async def still_busy(self) -> None: ...


class FakeJobs:
    """Hands the jobs out, then asks the pipeline to stop. `most` is how many were out at once."""

    def __init__(self, jobs: Sequence[FakeJob], stop: asyncio.Event) -> None:
        self._waiting = list(jobs)
        self._out: list[FakeJob] = []
        self._stop = stop
        self.most = 0

    async def take(self, count: int, wait: float = 1) -> Sequence[FakeJob]:
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        self._out = [job for job in self._out if not job.settled] + taken
        self.most = max(self.most, len(self._out))
        if not taken:
            self._stop.set()
        return taken


class FakeRecords:
    def __init__(self) -> None:
        self.rows: list[str] = []
        self.failures: list[Failure] = []
        self.outages = 0

    async def add(self, rows: Sequence[Embedded]) -> None:
        if self.outages:
            self.outages -= 1
            raise Unavailable("the store is down")
        self.rows += [row.sha256 for row in rows]

    async def add_failures(self, failures: Sequence[Failure]) -> None:
        self.failures += failures


class FakeEvents:
    def __init__(self) -> None:
        self.published: list[str] = []

    async def publish(self, subject: str, data: bytes) -> None:
        assert subject == "events.embedded"
        self.published += data.decode().split("\n")


def named(number: int) -> str:
    return f"{number:064x}"


class Line:
    """A pipeline with fakes around it, whose pictures fail with the errors in `endings`, one a try, then succeed."""

    def __init__(self, jobs: Sequence[FakeJob], endings: dict[str, list[Exception]] | None = None) -> None:
        self.endings = endings or {}
        self.records, self.events = FakeRecords(), FakeEvents()
        self.stop = asyncio.Event()
        self.jobs = FakeJobs(jobs, self.stop)

    async def embed(self, sha256: str) -> Embedded:
        await asyncio.sleep(0)
        if errors := self.endings.get(sha256):
            raise errors.pop()
        return Embedded(sha256, 1, bytes(1024), {"pool3": np.zeros(4, np.float32)})

    async def run(self) -> None:
        held = HeldJobs(60)
        recorder = Recorder(self.records, self.events, held, SETTINGS)
        await Pipeline(self.jobs, self.embed, recorder, held, SETTINGS).run(self.stop)


async def test_every_job_is_recorded_announced_and_done_before_the_pipeline_ends() -> None:
    jobs = [FakeJob(named(n)) for n in range(50)]
    line = Line(jobs)
    await line.run()
    assert sorted(line.records.rows) == sorted(line.events.published) == [named(n) for n in range(50)]
    assert {job.settled for job in jobs} == {"done"}


async def test_no_more_is_under_way_than_the_settings_allow() -> None:
    line = Line([FakeJob(named(n)) for n in range(200)])
    await line.run()
    assert line.jobs.most <= SETTINGS.in_flight + 3 * SETTINGS.rows


async def test_a_bad_picture_is_a_failure_at_once() -> None:
    job = FakeJob(named(1))
    line = Line([job], {named(1): [InvalidInput("cut off", reason="truncated_image")]})
    await line.run()
    assert line.records.failures == [Failure(named(1), "truncated_image", "cut off", 1)]
    assert job.settled == "done"


async def test_a_part_that_is_down_is_never_the_picture_s_fault() -> None:
    job = FakeJob(named(1), attempt=9999)
    line = Line([job], {named(1): [Unavailable("no model server")]})
    await line.run()
    assert (line.records.failures, job.settled) == ([], "again")


@pytest.mark.parametrize(("errors", "given_up"), [(SETTINGS.attempts - 1, False), (SETTINGS.attempts, True)])
async def test_an_unexpected_error_is_a_failure_after_bounded_tries(
    errors: int, given_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atlas_embedding.pipeline.LONGEST_PAUSE_SECONDS", 0)
    job = FakeJob(named(1), attempt=99)  # handed back again and again by an outage, which counts for nothing
    line = Line([job], {named(1): [BrokenInvariant("nonsense", reason="wrong_shape")] * errors})
    await line.run()
    failure = Failure(named(1), "wrong_shape", "nonsense", SETTINGS.attempts)
    assert (line.records.failures, line.records.rows) == (([failure], []) if given_up else ([], [named(1)]))
    assert job.settled == "done"


async def test_a_message_that_names_no_picture_is_a_failure() -> None:
    line = Line([FakeJob("../secrets")])
    await line.run()
    assert [failure.reason for failure in line.records.failures] == ["not_an_id"]


async def test_rows_are_kept_until_the_tables_take_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atlas_embedding.recorder.PAUSE_SECONDS", 0)
    line = Line([FakeJob(named(1))])
    line.records.outages = 2
    await line.run()
    assert line.records.rows == [named(1)]
