"""Records that TensorFlow Serving replays before a version takes requests, so that the first one is as fast as any."""

from pathlib import Path

import tensorflow as tf
from atlas.serving.v1 import serving_pb2

from atlas_modelserver.export.network import SIZE

BATCH_SIZES = (1, 2, 4, 8, 16, 32)
"""Those that the batching file allows: on a GPU, each shape has its fastest kernels chosen when it first comes."""
WHITE = 255


def write_warmup(saved_model: Path, name: str) -> None:
    """Write a blank Predict request for each batch size where TensorFlow Serving looks for them."""
    file = saved_model / "assets.extra" / "tf_serving_warmup_requests"
    file.parent.mkdir()
    with tf.io.TFRecordWriter(str(file)) as records:
        for batch in BATCH_SIZES:
            records.write(_record(name, batch).SerializeToString())


def _record(name: str, batch: int) -> serving_pb2.PredictionLog:
    record = serving_pb2.PredictionLog()
    request = record.predict_log.request
    request.model_spec.name = name
    images = request.inputs["images"]
    images.dtype = serving_pb2.DT_UINT8
    for size in (batch, SIZE, SIZE, 3):
        images.tensor_shape.dim.add(size=size)
    images.int_val.append(WHITE)  # a tensor with too few values repeats its last one
    return record
