"""Tensors and signatures as TensorFlow Serving's API writes them."""

from typing import Any

import numpy as np
from atlas.serving.v1 import serving_pb2
from atlas_common.errors import InvalidInput
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from atlas_modelserver.model import Signature, TensorSpec
from atlas_modelserver.wire import take_out

DTYPES: dict[serving_pb2.DataType.ValueType, np.dtype[Any]] = {
    serving_pb2.DT_FLOAT: np.dtype(np.float32),
    serving_pb2.DT_UINT8: np.dtype(np.uint8),
    serving_pb2.DT_STRING: np.dtype(np.bytes_),
}
VALUE_FIELDS = {serving_pb2.DT_FLOAT: "float_val", serving_pb2.DT_UINT8: "int_val"}


def to_array(name: str, message: memoryview) -> NDArray[Any]:
    """The values of a `TensorProto`, a view where they came as bytes; too few values repeat the last one.

    Raises `InvalidInput` when the values do not make up the shape.
    """
    try:
        described, contents = take_out(message, serving_pb2.TensorProto.TENSOR_CONTENT_FIELD_NUMBER)
        tensor = serving_pb2.TensorProto.FromString(described)
        dtype, shape = DTYPES.get(tensor.dtype), [dim.size for dim in tensor.tensor_shape.dim]
        if dtype is None or tensor.dtype not in VALUE_FIELDS:
            raise ValueError(f"type {tensor.dtype}")
        if contents and len(contents[-1]):
            return np.frombuffer(contents[-1], dtype).reshape(shape)
        values = np.array(getattr(tensor, VALUE_FIELDS[tensor.dtype]), dtype)
        return np.pad(values, (0, int(np.prod(shape)) - len(values)), mode="edge").reshape(shape)
    except (ValueError, DecodeError) as error:
        raise InvalidInput(f"tensor parsing error: {name}: {error}", reason="tensor_unreadable") from error


def to_tensor(array: NDArray[Any]) -> serving_pb2.TensorProto:
    return serving_pb2.TensorProto(
        dtype=_data_type(array.dtype), tensor_shape=_shape(array.shape), tensor_content=array.tobytes()
    )


def to_signature_def(signature: Signature) -> serving_pb2.SignatureDef:
    return serving_pb2.SignatureDef(
        inputs={name: _tensor_info(spec) for name, spec in signature.inputs.items()},
        outputs={name: _tensor_info(spec) for name, spec in signature.outputs.items()},
        method_name=signature.method,
    )


def _tensor_info(spec: TensorSpec) -> serving_pb2.TensorInfo:
    return serving_pb2.TensorInfo(name=spec.node, dtype=_data_type(spec.dtype), tensor_shape=_shape(spec.shape))


def _shape(sizes: tuple[int | None, ...]) -> serving_pb2.TensorShapeProto:
    dims = [serving_pb2.TensorShapeProto.Dim(size=-1 if size is None else size) for size in sizes]
    return serving_pb2.TensorShapeProto(dim=dims)


def _data_type(dtype: np.dtype[Any]) -> serving_pb2.DataType.ValueType:
    return next((number for number, known in DTYPES.items() if known == dtype), serving_pb2.DT_INVALID)
