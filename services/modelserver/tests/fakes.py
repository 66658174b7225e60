"""Small stand-ins for an engine and a loaded model."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
from atlas_modelserver.batching import Batcher, BatchPolicy
from atlas_modelserver.loading import LoadedVersion
from atlas_modelserver.model import DEFAULT_SIGNATURE, Signature, Tensors, TensorSpec
from numpy.typing import NDArray

POLICY = BatchPolicy(sizes=(1, 2, 4), timeout=0, queue=2, parallel=1)
SIGNATURE = Signature(
    inputs={"images": TensorSpec(np.dtype(np.uint8), (None, 2), "images:0")},
    outputs={
        "sums": TensorSpec(np.dtype(np.float32), (None,), "call:0"),
        "doubles": TensorSpec(np.dtype(np.float32), (None, 2), "call:1"),
    },
    method="tensorflow/serving/predict",
)
IDENTITY = Signature({}, {"identity": TensorSpec(np.dtype(np.bytes_), (), "call:0")}, "tensorflow/serving/predict")


class SummingEngine:
    """Sums each row and doubles it; remembers the batches that it was given. `gate`: not passed until it is set."""

    def __init__(self) -> None:
        self.batches: list[NDArray[Any]] = []
        self.gate = threading.Event()
        self.gate.set()

    def run(self, inputs: Tensors) -> dict[str, NDArray[Any]]:
        images = inputs["images"]
        self.batches.append(images)
        assert self.gate.wait(10)
        return {"sums": images.sum(1, dtype=np.float32), "doubles": 2 * images.astype(np.float32)}


class BrokenEngine:
    def run(self, inputs: Tensors) -> dict[str, NDArray[Any]]:
        raise RuntimeError("out of cheese")


def load(version: Path) -> LoadedVersion:
    """Loads a folder that says what it is by the name of a file in it."""
    if (version / "broken").exists():
        raise ValueError("no SavedModel here")
    signatures = {DEFAULT_SIGNATURE: SIGNATURE, "cats-p1@0123": IDENTITY}
    return LoadedVersion(version.parent.name, int(version.name), signatures, Batcher(SummingEngine(), POLICY))
