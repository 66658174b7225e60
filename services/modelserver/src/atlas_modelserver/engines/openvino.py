"""OpenVINO on the CPU: reads the SavedModel itself, folds its batch norms, and runs it in fp32."""

from pathlib import Path
from queue import SimpleQueue
from typing import Any

import openvino
from numpy.typing import NDArray

from atlas_modelserver.model import Tensors

QUANTISED = "int8.xml"


class OpenVinoEngine:
    """One model on `threads` cores (0: all), which share `streams` batches at a time; further ones wait.

    fp32 is asked for by name: on processors with bf16 OpenVINO would otherwise compute in that.
    """

    def __init__(self, version: Path, threads: int = 0, streams: int = 1) -> None:
        core = openvino.Core()
        quantised = version / QUANTISED
        model = core.compile_model(
            core.read_model(quantised if quantised.exists() else version),
            "CPU",
            {"INFERENCE_PRECISION_HINT": "f32", "NUM_STREAMS": str(streams), "INFERENCE_NUM_THREADS": str(threads)},
        )
        self._idle: SimpleQueue[openvino.InferRequest] = SimpleQueue()
        for _ in range(streams):  # once: making a request waits until a stream has computed its batch
            self._idle.put(model.create_infer_request())

    def run(self, inputs: Tensors) -> dict[str, NDArray[Any]]:
        request = self._idle.get()
        try:
            outputs = request.infer(dict(inputs), share_inputs=True)
        finally:
            self._idle.put(request)
        return {port.any_name: value for port, value in outputs.to_dict().items()}
