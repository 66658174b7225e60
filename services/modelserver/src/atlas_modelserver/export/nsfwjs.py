"""Reads the Inception v3 of the npm package nsfwjs: 94 convolutions, each with its batch norm, quantised to uint8.

The package wraps a TensorFlow.js layers model (https://www.tensorflow.org/js/guide/save_load) in JavaScript modules: a
`model.json` as an object literal, and weight shards as base64 strings.
"""

import base64
import json
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from atlas_common.errors import InvalidInput
from numpy.typing import NDArray

if TYPE_CHECKING:
    import keras

FOLDER = "package/dist/models/inception_v3"
MODULE = re.compile(r"\{1:\[function\([\w,]*\)\{\w+\.exports=(.*)\},\{\}\]\},\{\},\[1\]\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SourceModel:
    """A TensorFlow.js model: the layers of its graph as Keras 2 describes them, and its weights by name, float32."""

    layers: list[dict[str, Any]]
    weights: dict[str, NDArray[np.float32]]


def read_package(archive: Path) -> SourceModel:
    """Read the package's tarball. Raises `InvalidInput` when it holds no such model."""
    try:
        with tarfile.open(archive) as package:
            described = json.loads(_as_json(_exported(package, "model")))
            (group,) = described["weightsManifest"]
            shards = [base64.b64decode(json.loads(_exported(package, path))) for path in group["paths"]]
        return SourceModel(
            layers=described["modelTopology"]["model_config"]["config"]["layers"],
            weights=_dequantise(b"".join(shards), group["weights"]),
        )
    except (tarfile.TarError, KeyError, ValueError) as error:
        raise InvalidInput(
            f"{archive} holds no Inception v3 as nsfwjs packs it: {error}", reason="weights_unreadable"
        ) from error


def load_into(archive: Path, inception: "keras.Model") -> None:
    """Set the weights of a `keras.applications.InceptionV3` from the package's tarball.

    Both number their convolutions and batch norms as they make them, and make them in the same order.
    Raises `InvalidInput` when the tarball does not hold them.
    """
    weights = read_package(archive).weights
    try:
        for number, layer in enumerate(_numbered(inception, "conv2d"), start=1):
            layer.set_weights([weights[f"conv2d_{number}/kernel"]])
        for number, layer in enumerate(_numbered(inception, "batch_normalization"), start=1):
            layer.set_weights(
                [weights[f"batch_normalization_{number}/{part}"] for part in ("beta", "moving_mean", "moving_variance")]
            )
    except (KeyError, ValueError) as error:
        raise InvalidInput(f"{archive} does not fit Inception v3: {error}", reason="weights_unreadable") from error


def _numbered(network: "keras.Model", kind: str) -> "list[keras.layers.Layer]":
    """The layers named `kind`, `kind_1`, `kind_2` … in the order of their numbers."""
    name = re.compile(rf"{kind}(?:_(\d+))?")
    found = {int(match[1] or 0): layer for layer in network.layers if (match := name.fullmatch(layer.name))}
    return [layer for _, layer in sorted(found.items())]


def _exported(package: tarfile.TarFile, module: str) -> str:
    """What a module exports, as the text of a JavaScript literal."""
    file = package.extractfile(f"{FOLDER}/{module}.min.js")
    found = MODULE.search(file.read().decode()) if file else None
    if found is None:
        raise ValueError(f"{module} exports nothing")
    return found[1]


def _as_json(literal: str) -> str:
    """A minified object literal as JSON: names get quotes, `!0` and `.5` are written out."""
    named = re.sub(r"(?<=[{,])([A-Za-z_]\w*):", r'"\1":', literal)
    numbered = re.sub(r"(?<=[:\[,])(-?)\.(?=\d)", r"\g<1>0.", named)
    return numbered.replace("!0", "true").replace("!1", "false")


def _dequantise(content: bytes, manifest: list[dict[str, Any]]) -> dict[str, NDArray[np.float32]]:
    """weight = q * scale + min, for each tensor of the manifest in its order."""
    sizes = [int(np.prod(entry["shape"])) for entry in manifest]
    if sum(sizes) != len(content):
        raise ValueError(f"{len(content)} bytes of weights, but the manifest lists {sum(sizes)}")
    pieces = np.split(np.frombuffer(content, np.uint8), np.cumsum(sizes)[:-1])
    return {
        entry["name"]: (
            piece.astype(np.float32) * np.float32(entry["quantization"]["scale"])
            + np.float32(entry["quantization"]["min"])
        ).reshape(entry["shape"])
        for entry, piece in zip(manifest, pieces, strict=True)
    }
