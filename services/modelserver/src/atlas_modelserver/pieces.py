"""Rows of requests that share a batch: cut off, joined, and answered."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from atlas_modelserver.model import Tensors

Outputs: TypeAlias = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one request that share a batch. arrived: by the loop's clock. outputs: what its caller awaits."""

    inputs: Tensors
    rows: int
    arrived: float
    outputs: asyncio.Future[Outputs]


def split(inputs: Tensors, rows: int, largest: int) -> list[Tensors]:
    """Parts of at most `largest` rows, views of the inputs."""
    return [
        {name: tensor[start : start + largest] for name, tensor in inputs.items()} for start in range(0, rows, largest)
    ]


def join(parts: Sequence[Tensors], rows: int) -> Tensors:
    """The parts one after the other, then zeros up to `rows`; no copy where one part is all."""
    if len(parts) == 1 and len(next(iter(parts[0].values()))) == rows:
        return parts[0]
    return {name: _padded([part[name] for part in parts], rows) for name in parts[0]}


def _padded(arrays: Sequence[NDArray[Any]], rows: int) -> NDArray[Any]:
    joined = np.zeros((rows, *arrays[0].shape[1:]), arrays[0].dtype)
    np.concatenate(arrays, out=joined[: sum(map(len, arrays))])
    return joined


def concatenate(parts: Sequence[Outputs]) -> Outputs:
    """The outputs of a request that was split."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def answer(batch: Sequence[Piece], outputs: Outputs) -> None:
    """Give each caller that still waits its rows of a batch's outputs."""
    start = 0
    for piece in batch:
        if not piece.outputs.done():
            piece.outputs.set_result({name: value[start : start + piece.rows] for name, value in outputs.items()})
        start += piece.rows


def fail(batch: Sequence[Piece], error: Exception) -> None:
    """Give each caller that still waits the error."""
    for piece in batch:
        if not piece.outputs.done():
            piece.outputs.set_exception(error)
