"""Inception v3 as an engine of the stand-in model server, on an NVIDIA GPU by PyTorch."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import torch
from atlas_modelserver.model import Tensors
from numpy.typing import NDArray
from torch.fx.experimental.proxy_tensor import make_fx
from torch_network import Network

PRECISIONS = {"fp32": torch.float32, "tf32": torch.float32, "fp16": torch.float16}
FRAME = (299, 299, 3)

Vectors = dict[str, NDArray[np.float32]]
Compute = Callable[[torch.Tensor], dict[str, torch.Tensor]]
Lane = Callable[[NDArray[np.uint8]], Vectors]


class TorchEngine:
    """Computes as many batches of these sizes at a time as `lanes` says; further ones wait.

    Where there is no GPU it runs on the processor, to try it out.
    """

    def __init__(self, model: Path, precision: str, sizes: Sequence[int], lanes: int) -> None:
        on_gpu = torch.cuda.is_available()
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        network = Network(model, torch.device("cuda" if on_gpu else "cpu"), PRECISIONS[precision])
        compute = _compiled(network) if on_gpu else network
        self._idle: SimpleQueue[Lane] = SimpleQueue()
        for _ in range(lanes):
            self._idle.put(_Graphs(compute, sizes) if on_gpu else partial(_on_processor, compute))

    def run(self, inputs: Tensors) -> Vectors:
        lane = self._idle.get()
        try:
            return lane(inputs["images"])
        finally:
            self._idle.put(lane)


def _compiled(network: Network) -> Compute:
    """For batches of any size but 1. Twice as fast: PyTorch's own kernels for pooling are slow."""
    frames = torch.zeros((2, *FRAME), dtype=torch.uint8, device="cuda")
    return torch.compile(make_fx(network)(frames))


def _on_processor(compute: Compute, images: NDArray[np.uint8]) -> Vectors:
    return {name: vectors.numpy() for name, vectors in compute(torch.tensor(images)).items()}


class _Graphs:
    """A CUDA graph for each batch size, so that hundreds of kernels are launched by one call."""

    def __init__(self, compute: Compute, sizes: Sequence[int]) -> None:
        self._graphs = {size: _Graph(compute, size) for size in sizes}

    def __call__(self, images: NDArray[np.uint8]) -> Vectors:
        return self._graphs[len(images)](images)


class _Graph:
    """Frames to the GPU, the network, its vectors back, on a stream of its own."""

    def __init__(self, compute: Compute, size: int) -> None:
        self._frames = torch.empty((size, *FRAME), dtype=torch.uint8, pin_memory=True)
        self._stream, self._done = torch.cuda.Stream(), torch.cuda.Event(blocking=True)  # waiting takes no core
        self._stream.wait_stream(torch.cuda.current_stream())  # which has the weights made
        with torch.cuda.stream(self._stream):
            frames = self._frames.cuda()
            torch._dynamo.mark_dynamic(frames, 0)  # noqa: SLF001 - documented; one compilation serves all sizes
            first = compute(frames)
        self._stream.synchronize()
        self._vectors = {name: torch.empty(output.shape, pin_memory=True) for name, output in first.items()}
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, stream=self._stream):
            for name, output in compute(self._frames.to("cuda", non_blocking=True)).items():
                self._vectors[name].copy_(output, non_blocking=True)

    def __call__(self, images: NDArray[np.uint8]) -> Vectors:
        np.copyto(self._frames.numpy(), images)
        with torch.cuda.stream(self._stream):
            self._graph.replay()
            self._done.record()
        self._done.synchronize()
        return {name: vectors.numpy().copy() for name, vectors in self._vectors.items()}
