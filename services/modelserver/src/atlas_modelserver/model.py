"""What is served, in the words of the domain."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Tensors: TypeAlias = Mapping[str, NDArray[Any]]

DEFAULT_SIGNATURE = "serving_default"


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One input or output. shape: None where any size goes, as for the batch. node: its name in the graph."""

    dtype: np.dtype[Any]
    shape: tuple[int | None, ...]
    node: str

    def admits(self, shape: tuple[int, ...]) -> bool:
        return len(shape) == len(self.shape) and all(
            wanted is None or wanted == size for wanted, size in zip(self.shape, shape, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Signature:
    """What a model takes and gives under one name. method: how TensorFlow Serving calls it."""

    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, TensorSpec]
    method: str


Signatures: TypeAlias = Mapping[str, Signature]


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Which model a caller means. version: None for the newest."""

    name: str
    version: int | None = None


class State(Enum):
    """The life of a version, as TensorFlow Serving tells it."""

    LOADING = "loading"
    AVAILABLE = "available"
    END = "end"


@dataclass(frozen=True, slots=True)
class VersionStatus:
    """How far a version is. error: why it could not be loaded."""

    version: int
    state: State
    error: str = ""


class Engine(Protocol):
    """Computes a whole batch on the calling thread; may be called from several threads at once."""

    def run(self, inputs: Tensors) -> dict[str, NDArray[Any]]: ...
