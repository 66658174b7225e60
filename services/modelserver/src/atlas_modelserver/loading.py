"""Makes a version ready to be called: reads it, builds its engine, and warms that up."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from atlas_modelserver.batching import Batcher, BatchPolicy
from atlas_modelserver.model import DEFAULT_SIGNATURE, Engine, Signature, Signatures
from atlas_modelserver.signatures import read_signatures

Build: TypeAlias = Callable[[Path, Signature], Engine]
"""Makes an engine for the version in a folder, which is called by that signature."""


@dataclass(frozen=True, slots=True)
class LoadedVersion:
    """A version that takes requests from the start of its `batcher` to its close."""

    name: str
    version: int
    signatures: Signatures
    batcher: Batcher


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads versions for one kind of engine; takes seconds, on the calling thread."""

    build: Build
    policy: BatchPolicy

    def load(self, version: Path) -> LoadedVersion:
        """Load the folder `<model>/<version>`. Raises `InvalidInput` when it holds no SavedModel that can be served."""
        signatures = read_signatures(version)
        engine = self.build(version, signatures[DEFAULT_SIGNATURE])
        for rows in self.policy.sizes:
            _warm_up(engine, signatures[DEFAULT_SIGNATURE], rows)
        return LoadedVersion(version.parent.name, int(version.name), signatures, Batcher(engine, self.policy))


def _warm_up(engine: Engine, signature: Signature, rows: int) -> None:
    blank = {
        name: np.zeros([size or rows for size in spec.shape], spec.dtype) for name, spec in signature.inputs.items()
    }
    engine.run(blank)
