"""The ONNX graph of `onnx_model` on PyTorch: its operators, one after the other."""

from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import helper, numpy_helper
from torch.nn import functional

ELEMENTWISE = {"Mul": torch.mul, "Add": torch.add, "Relu": torch.relu}


class Network:
    """Inception v3 on one device, its convolutions in `dtype`, its averages over all positions in float32."""

    def __init__(self, model: Path, device: torch.device, dtype: torch.dtype) -> None:
        graph = onnx.load(model).graph
        self._dtype = dtype
        self._constants = {constant.name: self._constant(constant, device) for constant in graph.initializer}
        self._nodes = [(node, _attributes(node)) for node in graph.node]
        self._last_uses = {name: node.output[0] for node in graph.node for name in node.input}
        self._outputs = [output.name for output in graph.output]

    @torch.no_grad()
    def __call__(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """uint8 [n, 299, 299, 3] → `{output: float32 [n, channels]}`."""
        tensors = {"images": images, **self._constants}
        for node, attributes in self._nodes:
            tensors[node.output[0]] = self._compute(node.op_type, [tensors[name] for name in node.input], attributes)
            for name in set(node.input):
                if self._last_uses[name] == node.output[0]:
                    del tensors[name]
        return {name: tensors[name] for name in self._outputs}

    def _constant(self, constant: onnx.TensorProto, device: torch.device) -> torch.Tensor:
        value = torch.from_numpy(numpy_helper.to_array(constant).copy()).to(device)
        value = value.to(self._dtype) if value.is_floating_point() else value
        return value.contiguous(memory_format=torch.channels_last) if value.dim() == 4 else value

    def _compute(self, kind: str, inputs: list[torch.Tensor], attributes: dict[str, Any]) -> torch.Tensor:
        match kind, inputs:
            case "Cast", [pixels]:
                return pixels.to(self._dtype)
            case "Transpose", [pixels]:
                return pixels.permute(attributes["perm"])
            case "Mul" | "Add" | "Relu", _:
                return ELEMENTWISE[kind](*inputs)
            case "Conv", [value, kernel, bias]:
                padding = _padding(kernel.shape[2:], attributes)
                return functional.conv2d(value, kernel, bias, attributes["strides"], padding)
            case "Identity", [value]:
                return value
            case "Concat", _:
                return torch.cat(inputs, attributes["axis"])
            case "MaxPool", [value]:
                return functional.max_pool2d(value, attributes["kernel_shape"], attributes["strides"])
            case "AveragePool", [value]:
                shape = attributes["kernel_shape"]
                padding = _padding(shape, attributes)
                return functional.avg_pool2d(value, shape, attributes["strides"], padding, count_include_pad=False)
            case "ReduceMean", [value, _]:
                return value.mean((2, 3), dtype=torch.float32)
        raise ValueError(f"no operator {kind} with {len(inputs)} inputs")


def _padding(shape: Any, attributes: dict[str, Any]) -> list[int]:
    """What keeps the size as it is: where Inception pads, strides are 1 and kernels odd."""
    return [side // 2 if attributes["auto_pad"] == b"SAME_UPPER" else 0 for side in shape]


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
