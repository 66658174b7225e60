"""Writes the feature network as a SavedModel, whole or not at all."""

import shutil
from pathlib import Path

import keras
import tensorflow as tf

from atlas_modelserver.export.description import PREPROCESSING, ModelDescription
from atlas_modelserver.export.network import SIZE, digest, feature_network
from atlas_modelserver.export.warmup import write_warmup
from atlas_modelserver.export.weights import Weights


def write_saved_model(weights: Weights, target: Path) -> ModelDescription:
    """Write the model with its description and warm-up records to `target`, `<model>/<version>`, a new folder."""
    network = feature_network(weights)
    description = ModelDescription(
        name=f"{target.parent.name}-{weights.name}-{PREPROCESSING}",
        weights=weights.name,
        origin=weights.origin,
        licence=weights.licence,
        preprocessing=PREPROCESSING,
        digest=digest(network),
        outputs={name: int(output.shape[-1]) for name, output in network.output.items()},
    )
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    _archive(network, description.identity).write_out(str(part), verbose=False)
    write_warmup(part, target.parent.name)
    description.write(part)
    part.rename(target)
    return description


def _archive(network: keras.Model, identity: str) -> keras.export.ExportArchive:
    archive = keras.export.ExportArchive()
    archive.track(network)
    archive.add_endpoint(
        "serving_default",
        lambda images: network(images, training=False),
        input_signature=[keras.InputSpec(shape=(None, SIZE, SIZE, 3), dtype="uint8", name="images")],
    )
    archive.add_endpoint(identity, lambda: {"identity": tf.constant(identity)}, input_signature=[])
    return archive
