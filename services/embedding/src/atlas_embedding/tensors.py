"""Arrays as TensorFlow Serving sends them."""

import numpy as np
from atlas.serving.v1 import serving_pb2 as pb
from numpy.typing import NDArray

from atlas_embedding.model import Frames


def write_frames(frames: Frames, tensor: pb.TensorProto) -> None:
    """Fill in an empty tensor where it lies; to build one and put it there would copy megabytes once more."""
    tensor.dtype = pb.DT_UINT8
    tensor.tensor_shape.dim.extend(pb.TensorShapeProto.Dim(size=size) for size in frames.shape)
    tensor.tensor_content = frames.tobytes()


def to_array(tensor: pb.TensorProto) -> NDArray[np.float32]:
    """The values of a float tensor, wherever the server put them."""
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    if tensor.tensor_content:
        return np.frombuffer(tensor.tensor_content, np.float32).reshape(shape)
    return np.array(tensor.float_val, np.float32).reshape(shape)
