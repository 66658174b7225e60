"""Reads what a SavedModel takes and gives from its own file, without TensorFlow."""

from pathlib import Path

import numpy as np
from atlas.serving.v1 import serving_pb2
from atlas_common.errors import InvalidInput
from google.protobuf.message import DecodeError

from atlas_modelserver.model import Signature, Signatures, TensorSpec
from atlas_modelserver.tensors import DTYPES


def read_signatures(version: Path) -> Signatures:
    """The signatures of the SavedModel in the folder `version`. Raises `InvalidInput` when there is none."""
    try:
        saved = serving_pb2.SavedModel.FromString((version / "saved_model.pb").read_bytes())
    except (OSError, DecodeError) as error:
        raise InvalidInput(f"{version} holds no SavedModel: {error}", reason="model_unreadable") from error
    return {
        name: _signature(definition)
        for graph in saved.meta_graphs
        for name, definition in graph.signature_def.items()
        if not name.startswith("__")  # TensorFlow's own, for initialising
    }


def _signature(definition: serving_pb2.SignatureDef) -> Signature:
    return Signature(
        inputs={name: _spec(info) for name, info in definition.inputs.items()},
        outputs={name: _spec(info) for name, info in definition.outputs.items()},
        method=definition.method_name,
    )


def _spec(info: serving_pb2.TensorInfo) -> TensorSpec:
    return TensorSpec(
        dtype=DTYPES.get(info.dtype, np.dtype(object)),
        shape=tuple(dim.size if dim.size >= 0 else None for dim in info.tensor_shape.dim),
        node=info.name,
    )
