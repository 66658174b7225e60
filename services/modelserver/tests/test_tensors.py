import numpy as np
import pytest
from atlas.serving.v1 import serving_pb2
from atlas_common.errors import InvalidInput
from atlas_modelserver.tensors import to_array, to_signature_def, to_tensor

from services.modelserver.tests.fakes import SIGNATURE


def tensor(shape: tuple[int, ...], **values: object) -> memoryview:
    dims = [serving_pb2.TensorShapeProto.Dim(size=size) for size in shape]
    return on_the_wire(serving_pb2.TensorProto(tensor_shape=serving_pb2.TensorShapeProto(dim=dims), **values))


def on_the_wire(message: serving_pb2.TensorProto) -> memoryview:
    return memoryview(message.SerializeToString())


def test_values_that_came_as_bytes_are_read() -> None:
    read = to_array("x", tensor((2, 1), dtype=serving_pb2.DT_UINT8, tensor_content=b"\x01\xff"))
    np.testing.assert_array_equal(read, [[1], [255]])
    assert read.dtype == np.uint8


def test_values_that_came_one_by_one_are_read() -> None:
    read = to_array("x", tensor((3,), dtype=serving_pb2.DT_FLOAT, float_val=[0.5, 1, 2]))
    np.testing.assert_array_equal(read, [0.5, 1, 2])


def test_too_few_values_repeat_the_last() -> None:
    read = to_array("x", tensor((2, 2), dtype=serving_pb2.DT_UINT8, int_val=[7, 9]))
    np.testing.assert_array_equal(read, [[7, 9], [9, 9]])


@pytest.mark.parametrize(
    "broken",
    [
        tensor((2,), dtype=serving_pb2.DT_UINT8, tensor_content=b"\x01"),
        tensor((1,), dtype=serving_pb2.DT_UINT8, int_val=[1, 2]),
        tensor((1,), dtype=serving_pb2.DT_STRING, string_val=[b"x"]),
        tensor((1,), dtype=serving_pb2.DT_UINT8),
        tensor((1,), dtype=serving_pb2.DT_UINT8, tensor_content=b"\x01")[:-1],
    ],
    ids=["too few bytes", "too many values", "a type that is not served", "no values", "no message"],
)
def test_values_that_do_not_make_up_the_tensor_are_refused(broken: memoryview) -> None:
    with pytest.raises(InvalidInput, match="tensor parsing error: x"):
        to_array("x", broken)


def test_an_array_survives_the_way_there_and_back() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(to_array("x", on_the_wire(to_tensor(array))), array)


def test_a_signature_is_written_as_the_saved_model_had_it() -> None:
    written = to_signature_def(SIGNATURE)
    assert written.inputs["images"].dtype == serving_pb2.DT_UINT8
    assert [dim.size for dim in written.inputs["images"].tensor_shape.dim] == [-1, 2]
    assert written.outputs["sums"].name == "call:0"
    assert written.method_name == "tensorflow/serving/predict"
