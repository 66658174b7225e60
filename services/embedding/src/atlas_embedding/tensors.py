"""Arrays as TensorFlow Serving takes and sends them."""

from collections.abc import Sequence

import numpy as np
from atlas.serving.v1 import serving_pb2 as pb
from numpy.typing import NDArray

from atlas_embedding.model import Frame

LENGTH_DELIMITED = 2


def predict_request(head: bytes, name: str, frames: Sequence[Frame]) -> bytes:
    """A `PredictRequest` on the wire: `head`, which is one without inputs, and the frames as the tensor `name`.

    A batch is megabytes, which a message object would copy three times more.
    """
    shape = pb.TensorShapeProto(dim=[pb.TensorShapeProto.Dim(size=size) for size in (len(frames), *frames[0].shape)])
    tensor = pb.TensorProto(dtype=pb.DT_UINT8, tensor_shape=shape).SerializeToString()
    pixels = sum(frame.nbytes for frame in frames)
    tensor += _prefix(pb.TensorProto.TENSOR_CONTENT_FIELD_NUMBER, pixels)
    entry = _prefix(1, len(name)) + name.encode() + _prefix(2, len(tensor) + pixels)  # of a map: key, value
    inputs = _prefix(pb.PredictRequest.INPUTS_FIELD_NUMBER, len(entry) + len(tensor) + pixels)
    return b"".join((head, inputs, entry, tensor, *(frame.data for frame in frames)))


def to_array(tensor: pb.TensorProto) -> NDArray[np.float32]:
    """The values of a float tensor, wherever the server put them."""
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    if tensor.tensor_content:
        return np.frombuffer(tensor.tensor_content, np.float32).reshape(shape)
    return np.array(tensor.float_val, np.float32).reshape(shape)


def _prefix(field: int, length: int) -> bytes:
    """What precedes `length` bytes of a field."""
    return _varint(field << 3 | LENGTH_DELIMITED) + _varint(length)


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow."""
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*groups, number))
