"""An engine that computes nothing, to measure what lies around it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from atlas_modelserver.model import Signature, Tensors


class NullEngine:
    """Answers at once with zeros of the right shape."""

    def __init__(self, signature: Signature) -> None:
        self._outputs = signature.outputs

    def run(self, inputs: Tensors) -> dict[str, NDArray[Any]]:
        batch = len(next(iter(inputs.values())))
        return {
            name: np.zeros([size if size is not None else batch for size in spec.shape], spec.dtype)
            for name, spec in self._outputs.items()
        }
