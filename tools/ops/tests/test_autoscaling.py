"""The simulation keeps the books, and follows the autoscaler's rules."""

from dataclasses import replace

import pytest
from atlas_ops.autoscaling import Simulation, outcome
from atlas_ops.scale import MANIFEST
from atlas_ops.scenario import Burst, Pod, Scaler

SCALER = Scaler(lag=100, least=0, most=8, polling=10, cooldown=60, window_down=30, double_every=15, halve_every=15)
POD = Pod(batch=10, batch_seconds=1, start_seconds=30)
BURST = Burst(start=100, stickers=5_000, rate=1_000)


@pytest.fixture(scope="module")
def busy() -> Simulation:
    return Simulation(SCALER, POD, [BURST], end=3_600).run()


def test_pods_come_with_the_backlog_and_go_with_it(busy: Simulation) -> None:
    assert busy.moments[0].pods == 0
    assert max(moment.pods for moment in busy.moments) == SCALER.most
    assert busy.moments[-1].backlog == 0
    assert busy.moments[-1].pods == 0


def test_pods_cost_at_least_the_work_that_was_done(busy: Simulation) -> None:
    assert busy.pod_seconds >= BURST.stickers / POD.batch * POD.batch_seconds


def test_nothing_is_started_while_nothing_arrives() -> None:
    idle = Simulation(SCALER, POD, [replace(BURST, start=10_000)], end=1_000).run()
    assert idle.pod_seconds == 0
    assert {moment.pods for moment in idle.moments} == {0}


def test_more_lag_a_pod_means_fewer_pods_and_a_longer_wait(busy: Simulation) -> None:
    patient = outcome(Simulation(replace(SCALER, lag=2_000), POD, [BURST], end=3_600).run())
    eager = outcome(busy)
    assert patient.most_pods < eager.most_pods
    assert patient.minutes_behind > eager.minutes_behind


def test_the_shipped_settings_can_be_read() -> None:
    assert Scaler.read(MANIFEST).least == 0
