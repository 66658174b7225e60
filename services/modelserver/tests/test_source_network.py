"""The exported model against the network that its weights come from, evaluated here in NumPy from its own graph."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from atlas_modelserver.engines.openvino import OpenVinoEngine
from atlas_modelserver.export.nsfwjs import SourceModel, read_package
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_sample_images

pytestmark = pytest.mark.model

Array = NDArray[np.float32]
LAYERS = {"pool3": "mixed10", "mixed3": "mixed3", "mixed7": "mixed7", "mixed8": "mixed8", "mixed9": "mixed9"}


def windows(images: Array, size: tuple[int, int], stride: tuple[int, int], padding: str, fill: float = 0) -> Array:
    """[N, H, W, C] → [N, H', W', C, height, width], padded as TensorFlow pads."""
    pads = [(0, 0)]
    for length, window, step in zip(images.shape[1:3], size, stride, strict=True):
        total = max((-(-length // step) - 1) * step + window - length, 0) if padding == "same" else 0
        pads.append((total // 2, total - total // 2))
    padded = np.pad(images, [*pads, (0, 0)], constant_values=fill)
    return sliding_window_view(padded, size, axis=(1, 2))[:, :: stride[0], :: stride[1]]


def evaluate_layer(layer: dict[str, Any], inputs: list[Array], weights: dict[str, Array]) -> Array:
    config, name = layer["config"], layer["name"]
    match layer["class_name"]:
        case "Conv2D":
            patches = windows(inputs[0], tuple(config["kernel_size"]), tuple(config["strides"]), config["padding"])
            return np.tensordot(patches, weights[f"{name}/kernel"], axes=([4, 5, 3], [0, 1, 2]))
        case "BatchNormalization":
            deviation = np.sqrt(weights[f"{name}/moving_variance"] + np.float32(config["epsilon"]))
            return (inputs[0] - weights[f"{name}/moving_mean"]) / deviation + weights[f"{name}/beta"]
        case "Activation":
            return np.maximum(inputs[0], 0)
        case "MaxPooling2D":
            pool = tuple(config["pool_size"]), tuple(config["strides"]), config["padding"]
            return windows(inputs[0], *pool, fill=-np.inf).max((4, 5))
        case "AveragePooling2D":
            pool = tuple(config["pool_size"]), tuple(config["strides"]), config["padding"]
            return windows(inputs[0], *pool).sum((4, 5)) / windows(np.ones_like(inputs[0]), *pool).sum((4, 5))
        case "Concatenate":
            return np.concatenate(inputs, axis=3)
        case unknown:
            raise AssertionError(f"the source network has a layer of kind {unknown}")


def evaluate(source: SourceModel, images: NDArray[np.uint8]) -> dict[str, Array]:
    """Features of `images`, layer by layer through the source's own graph up to its last concatenation."""
    values: dict[str, Array] = {source.layers[0]["name"]: images.astype(np.float32) / 255}
    for layer in source.layers[1:]:
        inputs = [values[node[0]] for node in layer["inbound_nodes"][0]]
        values[layer["name"]] = evaluate_layer(layer, inputs, source.weights)
        if layer["name"] == LAYERS["pool3"]:
            break
    return {output: values[layer].mean((1, 2)) for output, layer in LAYERS.items()}


@pytest.fixture(scope="module")
def photographs() -> NDArray[np.uint8]:
    pictures = [Image.fromarray(picture).resize((299, 299)) for picture in load_sample_images().images]
    pictures.append(pictures[0].rotate(90))
    return np.stack([np.asarray(picture) for picture in pictures])


def test_the_weights_landed_in_the_layers_they_come_from(nsfwjs_model: Path, photographs: NDArray[np.uint8]) -> None:
    (archive,) = nsfwjs_model.parent.parent.glob(".downloads/nsfwjs-*.tgz")
    expected = evaluate(read_package(archive), photographs)

    features = OpenVinoEngine(nsfwjs_model).run({"images": photographs})

    for output, vectors in features.items():
        source = expected[output]
        cosine = (vectors * source).sum(1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(source, axis=1)
        assert cosine.min() >= 0.9999, output
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), np.linalg.norm(source, axis=1), rtol=1e-3)
