"""An engine called in this process: how fast it is, and how near its features are to another's."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

import numpy as np
from atlas_modelserver.model import Engine
from numpy.typing import NDArray

Outputs = Mapping[str, NDArray[Any]]


def frames_per_second(engine: Engine, frames: NDArray[np.uint8], at_once: int, rounds: int) -> float:
    """Frames a second of an engine that is given the same batch again and again, several at a time."""
    with ThreadPoolExecutor(at_once) as threads:
        list(threads.map(engine.run, [{"images": frames}] * at_once))
        started = perf_counter()
        list(threads.map(engine.run, [{"images": frames}] * rounds * at_once))
        return rounds * at_once * len(frames) / (perf_counter() - started)


def least_cosine(features: Outputs, reference: Outputs) -> float:
    """The least over all rows and outputs."""
    return min(float((_unit(features[output]) * _unit(vectors)).sum(1).min()) for output, vectors in reference.items())


def _unit(vectors: NDArray[Any]) -> NDArray[np.float64]:
    return vectors.astype(np.float64) / np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
