"""Inception v3 as an ONNX graph, its batch norms folded into the convolutions: onnx_model.py <file> writes it there."""

import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from atlas_modelserver.export.description import ModelDescription
from atlas_modelserver.export.export import export
from atlas_modelserver.export.network import LAYERS, SIZE
from atlas_modelserver.export.weights import Weights, find_weights
from onnx import helper, numpy_helper

MODEL = Path("models/inception_v3")


class _Graph:
    """A growing graph. The tensor that a Keras layer makes is called `<layer>:0`."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))


def exported_weights(version: Path) -> Weights:
    """The weights that a version of the model was exported from."""
    description = ModelDescription.read(version)
    assert description is not None
    return find_weights(description.weights, version.parent.parent / ".downloads")


def onnx_model(weights: Weights) -> bytes:
    """What `make model` exports from the same weights, with the same input and outputs, serialized."""
    inception = keras.applications.InceptionV3(weights=None, include_top=False, input_shape=(SIZE, SIZE, 3))
    weights.load_into(inception)
    graph = _Graph()
    _add_scaling(graph, weights, f"{inception.layers[0].name}:0")
    for layer in inception.layers[1:]:
        _add_layer(graph, layer)
    for output, layer in LAYERS.items():
        graph.node("ReduceMean", [f"{layer}:0", graph.constant(f"{output}/axes", np.array([2, 3]))], output, keepdims=0)
    images = helper.make_tensor_value_info("images", onnx.TensorProto.UINT8, ["batch", SIZE, SIZE, 3])
    outputs = [helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, None) for output in LAYERS]
    built = helper.make_graph(graph.nodes, "inception_v3", [images], outputs, graph.constants)
    return helper.make_model(built, opset_imports=[helper.make_opsetid("", 18)], ir_version=9).SerializeToString()


def _add_scaling(graph: _Graph, weights: Weights, output: str) -> None:
    scale = graph.constant("scale", np.float32(weights.scaling.scale))
    offset = graph.constant("offset", np.float32(weights.scaling.offset))
    graph.node("Cast", ["images"], "pixels", to=onnx.TensorProto.FLOAT)
    graph.node("Transpose", ["pixels"], "channels_first", perm=[0, 3, 1, 2])
    graph.node("Mul", ["channels_first", scale], "scaled")
    graph.node("Add", ["scaled", offset], output)


def _add_layer(graph: _Graph, layer: keras.layers.Layer) -> None:
    made_by = [tensor._keras_history.operation for tensor in _as_list(layer.input)]  # noqa: SLF001
    inputs, output = [f"{source.name}:0" for source in made_by], f"{layer.name}:0"
    match type(layer).__name__:
        case "Conv2D":
            _add_convolution(graph, layer, inputs)
        case "BatchNormalization":
            graph.node("Identity", inputs, output)  # folded into the convolution before it
        case "Activation":
            graph.node("Relu", inputs, output)
        case "Concatenate":
            graph.node("Concat", inputs, output, axis=1)
        case "MaxPooling2D" | "AveragePooling2D" as kind:
            pool = {"kernel_shape": list(layer.pool_size), "strides": list(layer.strides), "auto_pad": _padding(layer)}
            graph.node(kind.removesuffix("ing2D"), inputs, output, **pool)


def _add_convolution(graph: _Graph, layer: keras.layers.Conv2D, inputs: list[str]) -> None:
    norm = layer._outbound_nodes[0].operation  # noqa: SLF001
    beta, mean, variance = norm.get_weights()
    gain = 1 / np.sqrt(variance + norm.epsilon)
    kernel = graph.constant(f"{layer.name}/kernel", (layer.get_weights()[0] * gain).transpose(3, 2, 0, 1))
    bias = graph.constant(f"{layer.name}/bias", beta - mean * gain)
    graph.node(
        "Conv", [*inputs, kernel, bias], f"{layer.name}:0", strides=list(layer.strides), auto_pad=_padding(layer)
    )


def _padding(layer: Any) -> str:
    return "SAME_UPPER" if layer.padding == "same" else "VALID"


def _as_list(tensors: Any) -> list[Any]:
    return tensors if isinstance(tensors, list) else [tensors]


def main() -> None:
    file = Path(sys.argv[1])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(onnx_model(exported_weights(export(MODEL, "auto"))))


if __name__ == "__main__":
    main()
