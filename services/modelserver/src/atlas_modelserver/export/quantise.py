"""The same network in int8: faster on a CPU, with features a little off, and so a model of its own.

Post-training quantisation by NNCF (https://github.com/openvinotoolkit/nncf), calibrated on pictures of the user's.
"""

import dataclasses
import hashlib
import shutil
from pathlib import Path

import nncf
import numpy as np
import openvino
from atlas.serving.v1 import serving_pb2
from atlas_common.errors import InvalidInput
from numpy.typing import NDArray

from atlas_modelserver.engines.openvino import QUANTISED
from atlas_modelserver.export.description import ModelDescription
from atlas_modelserver.model import DEFAULT_SIGNATURE
from atlas_modelserver.signatures import read_signatures
from atlas_modelserver.tensors import to_signature_def


def quantise(version: Path, pictures: NDArray[np.uint8]) -> Path:
    """Write the model in the folder `<model>/<version>` to `<model>_int8/<version>`, unless it is there, in int8.

    pictures: [N, 299, 299, 3], a few hundred like those to be embedded: they set the range of each layer.
    """
    target = version.parent.with_name(f"{version.parent.name}_int8") / version.name
    if target.exists():
        return target
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    quantised = nncf.quantize(
        openvino.Core().read_model(version),
        nncf.Dataset([picture[np.newaxis] for picture in pictures]),
        subset_size=len(pictures),
    )
    openvino.save_model(quantised, part / QUANTISED, compress_to_fp16=False)
    _describe(version, part, target.parent.name)
    part.rename(target)
    return target


def _describe(version: Path, part: Path, model: str) -> None:
    """Write the new model's description and, in a SavedModel's file that has no graph, its signatures."""
    source = ModelDescription.read(version)
    if source is None:
        raise InvalidInput(f"{version} has no description: it was not exported here", reason="model_undescribed")
    description = dataclasses.replace(
        source,
        name=f"{model}-{source.weights}-{source.preprocessing}",
        origin=f"{source.origin}, quantised to int8",
        digest=hashlib.sha256((part / QUANTISED).with_suffix(".bin").read_bytes()).hexdigest(),
    )
    description.write(part)
    signatures = read_signatures(version)
    definitions = {
        DEFAULT_SIGNATURE: to_signature_def(signatures[DEFAULT_SIGNATURE]),
        description.identity: to_signature_def(signatures[source.identity]),
    }
    saved = serving_pb2.SavedModel(meta_graphs=[serving_pb2.MetaGraphDef(signature_def=definitions)])
    (part / "saved_model.pb").write_bytes(saved.SerializeToString())
