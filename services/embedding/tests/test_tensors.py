import numpy as np
import pytest
from atlas.serving.v1 import serving_pb2 as pb
from atlas_embedding.tensors import predict_request, to_array

VALUES = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.mark.parametrize("count", [1, 3, 40])
def test_a_request_on_the_wire_is_the_message_that_it_says(count: int) -> None:
    head = pb.PredictRequest(model_spec=pb.ModelSpec(name="m"), output_filter=["pool3"])
    frames = np.random.default_rng(0).integers(0, 256, (count, 299, 299, 3), np.uint8)
    read = pb.PredictRequest.FromString(predict_request(head.SerializeToString(), "images", list(frames)))
    tensor = read.inputs["images"]
    assert (read.model_spec, list(read.output_filter), list(read.inputs)) == (head.model_spec, ["pool3"], ["images"])
    assert (tensor.dtype, [dim.size for dim in tensor.tensor_shape.dim]) == (pb.DT_UINT8, [count, 299, 299, 3])
    assert tensor.tensor_content == frames.tobytes()


def test_values_are_read_from_either_field() -> None:
    shape = pb.TensorShapeProto(dim=[pb.TensorShapeProto.Dim(size=size) for size in VALUES.shape])
    for tensor in (
        pb.TensorProto(dtype=pb.DT_FLOAT, tensor_shape=shape, float_val=VALUES.ravel()),
        pb.TensorProto(dtype=pb.DT_FLOAT, tensor_shape=shape, tensor_content=VALUES.tobytes()),
    ):
        np.testing.assert_array_equal(to_array(tensor), VALUES)
