import pytest
from atlas.serving.v1 import serving_pb2
from atlas_modelserver.wire import take_out
from google.protobuf.message import DecodeError

TENSOR = serving_pb2.TensorProto(
    dtype=serving_pb2.DT_FLOAT, tensor_content=bytes(300), float_val=[1, 2], int_val=[-1], string_val=[b"a", b"b"]
)
FIELDS = serving_pb2.TensorProto.DESCRIPTOR.fields_by_name


@pytest.mark.parametrize(
    ("name", "values"),
    [("tensor_content", [bytes(300)]), ("string_val", [b"a", b"b"]), ("tensor_shape", [])],
    ids=["a long value", "repeated values", "no value"],
)
def test_a_fields_values_are_taken_out_of_a_message(name: str, values: list[bytes]) -> None:
    rest, taken = take_out(memoryview(TENSOR.SerializeToString()), FIELDS[name].number)
    without = serving_pb2.TensorProto()
    without.CopyFrom(TENSOR)
    without.ClearField(name)
    assert taken == values
    assert serving_pb2.TensorProto.FromString(rest) == without


def test_numbers_of_a_fixed_size_are_stepped_over() -> None:
    eight, four, value = b"\x09" + bytes(8), b"\x15" + bytes(4), b"\x22\x01x"
    assert take_out(memoryview(eight + value + four), 4) == (eight + four, [b"x"])


@pytest.mark.parametrize(
    "broken",
    [b"\x22\x02x", b"\x09\x00", b"\x08", b"\x08" + b"\xff" * 11, b"\x0b"],
    ids=["a value that is cut off", "a number that is cut off", "a tag alone", "a number without end", "no kind"],
)
def test_what_is_no_message_is_refused(broken: bytes) -> None:
    with pytest.raises(DecodeError):
        take_out(memoryview(broken), 1)
