"""What a simulation of autoscaling is about: who decides, what pods do, what arrives."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import yaml


@dataclass(frozen=True, slots=True)
class Scaler:
    """What decides. Times in seconds; `lag` is the backlog that one pod may have."""

    lag: int
    least: int
    most: int
    polling: float
    cooldown: float
    window_down: float
    double_every: float
    halve_every: float

    @classmethod
    def read(cls, manifest: Path) -> Self:
        """From a ScaledObject whose policies double and halve, as k8s/components/keda ships it."""
        spec = yaml.safe_load(manifest.read_text())["spec"]
        behaviour = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        return cls(
            lag=int(spec["triggers"][0]["metadata"]["lagThreshold"]),
            least=spec["minReplicaCount"],
            most=spec["maxReplicaCount"],
            polling=spec["pollingInterval"],
            cooldown=spec["cooldownPeriod"],
            window_down=behaviour["scaleDown"]["stabilizationWindowSeconds"],
            double_every=behaviour["scaleUp"]["policies"][0]["periodSeconds"],
            halve_every=behaviour["scaleDown"]["policies"][0]["periodSeconds"],
        )


@dataclass(frozen=True, slots=True)
class Pod:
    """What a pod does: a batch of `batch` stickers in `batch_seconds`; the first after `start_seconds`."""

    batch: int
    batch_seconds: float
    start_seconds: float


@dataclass(frozen=True, slots=True)
class Burst:
    """`stickers` that arrive evenly from `start` on, `rate` a second."""

    start: float
    stickers: int
    rate: float
