"""Makes a version ready to be called: reads it, builds its engine, and warms that up."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from atlas_modelserver.batching import Batcher, BatchPolicy
from atlas_modelserver.engines.null import NullEngine
from atlas_modelserver.engines.openvino import OpenVinoEngine
from atlas_modelserver.model import DEFAULT_SIGNATURE, Engine, Signature, Signatures
from atlas_modelserver.signatures import read_signatures

EngineName = Literal["openvino", "null"]


@dataclass(frozen=True, slots=True)
class LoadedVersion:
    """A version that takes requests from the start of its `batcher` to its close."""

    name: str
    version: int
    signatures: Signatures
    batcher: Batcher


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads versions for one engine; takes seconds, on the calling thread."""

    engine: EngineName
    threads: int
    policy: BatchPolicy

    def load(self, version: Path) -> LoadedVersion:
        """Load the folder `<model>/<version>`. Raises `InvalidInput` when it holds no SavedModel that can be served."""
        signatures = read_signatures(version)
        engine = self._build(version, signatures[DEFAULT_SIGNATURE])
        for rows in self.policy.sizes:
            _warm_up(engine, signatures[DEFAULT_SIGNATURE], rows)
        return LoadedVersion(version.parent.name, int(version.name), signatures, Batcher(engine, self.policy))

    def _build(self, version: Path, signature: Signature) -> Engine:
        match self.engine:
            case "openvino":
                return OpenVinoEngine(version, self.threads, self.policy.parallel)
            case "null":
                return NullEngine(signature)


def _warm_up(engine: Engine, signature: Signature, rows: int) -> None:
    blank = {
        name: np.zeros([size or rows for size in spec.shape], spec.dtype) for name, spec in signature.inputs.items()
    }
    engine.run(blank)
