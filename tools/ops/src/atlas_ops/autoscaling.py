"""Simulates how embedding follows its queue under the autoscaler's settings that k8s/ ships.

A discrete-event model: stickers arrive, pods take batches off the backlog, KEDA and the HorizontalPodAutoscaler decide
as their documentation says (https://keda.sh/docs/latest/concepts/scaling-deployments/,
https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#algorithm-details), and a new node
takes minutes to come.
"""

import math
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import simpy

from atlas_ops.scenario import Burst, Pod, Scaler
from atlas_ops.timeline import Moment

HPA_SECONDS = 15
TOLERANCE = 0.1

Process = Generator[simpy.Event, Any, None]


@dataclass
class Simulation:
    """One run; afterwards `moments` says what happened and `pod_seconds` what it cost."""

    scaler: Scaler
    pod: Pod
    bursts: Sequence[Burst]
    end: float
    moments: list[Moment] = field(default_factory=list)
    pod_seconds: float = 0
    backlog: int = 0
    pods: int = 0

    def run(self) -> Self:
        self._environment = simpy.Environment()
        self._stops = 0
        self._active = -math.inf
        self._wishes: deque[tuple[float, int]] = deque()
        for burst in self.bursts:
            self._environment.process(self._arrive(burst))
        for process in (self._activate(), self._scale(), self._watch()):
            self._environment.process(process)
        self._environment.run(until=self.end)
        return self

    def _arrive(self, burst: Burst) -> Process:
        yield self._environment.timeout(burst.start)
        left = burst.stickers
        while left > 0:
            step = min(left, math.ceil(burst.rate))
            self.backlog += step
            left -= step
            yield self._environment.timeout(step / burst.rate)

    def _activate(self) -> Process:
        """KEDA itself: from nothing to one pod, and back after the cool-down."""
        while True:
            if self.backlog > 0:
                self._active = self._environment.now
                self._resize(max(self.pods, 1))
            elif self._environment.now - self._active > self.scaler.cooldown:
                self._resize(self.scaler.least)
            yield self._environment.timeout(self.scaler.polling)

    def _scale(self) -> Process:
        """The HorizontalPodAutoscaler that KEDA made: between one pod and the most."""
        up = down = -math.inf
        while True:
            yield self._environment.timeout(HPA_SECONDS)
            now = self._environment.now
            if self.pods == 0:
                continue
            wish = self._wish(now)
            if wish > self.pods and now - up >= self.scaler.double_every:
                self._resize(min(wish, max(2 * self.pods, self.pods + 4)))
                up = now
            elif wish < self.pods and now - down >= self.scaler.halve_every:
                self._resize(max(wish, self.pods // 2, 1))
                down = now

    def _wish(self, now: float) -> int:
        """Pods wanted: upwards at once, downwards the most that was wanted within the stabilisation window."""
        ratio = self.backlog / (self.scaler.lag * self.pods)
        wanted = self.pods if abs(ratio - 1) <= TOLERANCE else math.ceil(self.backlog / self.scaler.lag)
        wanted = min(max(wanted, 1), self.scaler.most)
        self._wishes.append((now, wanted))
        while self._wishes[0][0] < now - self.scaler.window_down:
            self._wishes.popleft()
        return wanted if wanted > self.pods else max(wish for _, wish in self._wishes)

    def _resize(self, pods: int) -> None:
        for _ in range(pods - self.pods):
            self._environment.process(self._work())
        self._stops += max(self.pods - pods, 0)
        self.pods = pods

    def _work(self) -> Process:
        """A pod: it costs from the moment it is asked for, and finishes its batch before it stops."""
        born = self._environment.now
        yield self._environment.timeout(self.pod.start_seconds)
        while not self._stops:
            taken = min(self.backlog, self.pod.batch)
            self.backlog -= taken
            yield self._environment.timeout(self.pod.batch_seconds * taken / self.pod.batch if taken else 1)
        self._stops -= 1
        self.pod_seconds += self._environment.now - born

    def _watch(self) -> Process:
        while True:
            self.moments.append(Moment(self._environment.now, self.backlog, self.pods))
            yield self._environment.timeout(self.scaler.polling)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What people ask of a run: how large the backlog became, how long after the last arrival it was gone, the pods."""

    most_backlog: int
    minutes_behind: float
    most_pods: int
    pod_hours: float


def outcome(simulation: Simulation) -> Outcome:
    """Measured once the simulation has run to where every pod has gone again."""
    last_arrival = max(burst.start + burst.stickers / burst.rate for burst in simulation.bursts)
    last_busy = max((moment.seconds for moment in simulation.moments if moment.backlog), default=0)
    return Outcome(
        most_backlog=max(moment.backlog for moment in simulation.moments),
        minutes_behind=max(last_busy - last_arrival, 0) / 60,
        most_pods=max(moment.pods for moment in simulation.moments),
        pod_hours=simulation.pod_seconds / 3600,
    )
