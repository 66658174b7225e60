"""Our slice of TensorFlow Serving's API against the official descriptors.

The official modules import all of TensorFlow, so their serialized descriptors are read out of their source instead and
put into a pool of their own.
"""

import ast
import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from atlas.serving.v1 import services_pb2, serving_pb2
from google.protobuf import descriptor_pb2, message_factory
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool

OFFICIAL_FILES = (
    "tensorflow_serving/apis/prediction_service.proto",
    "tensorflow_serving/apis/model_service.proto",
    "tensorflow_serving/apis/prediction_log.proto",
    "tensorflow/core/protobuf/saved_model.proto",
)
OFFICIAL_NAMES = {
    "DataType": "tensorflow.DataType",
    "TensorShapeProto": "tensorflow.TensorShapeProto",
    "TensorProto": "tensorflow.TensorProto",
    "TensorInfo": "tensorflow.TensorInfo",
    "SignatureDef": "tensorflow.SignatureDef",
    "MetaGraphDef": "tensorflow.MetaGraphDef",
    "SavedModel": "tensorflow.SavedModel",
    "Code": "tensorflow.error.Code",
}


def official_name(ours: Descriptor | EnumDescriptor) -> str:
    top, _, nested = ours.full_name.removeprefix("atlas.serving.v1.").partition(".")
    return ".".join(filter(None, (OFFICIAL_NAMES.get(top, f"tensorflow.serving.{top}"), nested)))


def serialized_descriptor(module: Path) -> bytes:
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.Call(func=ast.Attribute(attr="AddSerializedFile"), args=[ast.Constant(value=bytes() as content)]):
                return content
    raise AssertionError(f"{module} holds no descriptor")


def official_file(name: str) -> bytes:
    path = name.removesuffix(".proto")
    package, _, rest = (f"tensorflow/compiler/{path}" if path.startswith("xla/") else path).partition("/")
    if package == "google":
        content: bytes = importlib.import_module(f"google.{rest.replace('/', '.')}_pb2").DESCRIPTOR.serialized_pb
        return content
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    return serialized_descriptor(Path(spec.submodule_search_locations[0]) / f"{rest}_pb2.py")


def add_with_dependencies(pool: DescriptorPool, name: str, added: set[str]) -> None:
    if name in added:
        return
    added.add(name)
    content = official_file(name)
    for dependency in descriptor_pb2.FileDescriptorProto.FromString(content).dependency:
        add_with_dependencies(pool, dependency, added)
    pool.AddSerializedFile(content)


@pytest.fixture(scope="module")
def official() -> DescriptorPool:
    pool = DescriptorPool()
    added: set[str] = set()
    for name in OFFICIAL_FILES:
        add_with_dependencies(pool, name, added)
    return pool


def messages(of: Any) -> Iterator[Descriptor]:
    for message in of:
        yield message
        yield from messages(message.nested_types)


SLICE = serving_pb2.DESCRIPTOR
MESSAGES = list(messages(SLICE.message_types_by_name.values()))
ENUMS = [*SLICE.enum_types_by_name.values(), *(enum for message in MESSAGES for enum in message.enum_types)]


def shape_of(field: FieldDescriptor) -> tuple[int, int, bool]:
    return field.number, field.type, field.is_repeated


@pytest.mark.parametrize("ours", MESSAGES, ids=lambda d: d.name)
def test_every_field_has_the_official_number_and_type(ours: Descriptor, official: DescriptorPool) -> None:
    theirs = official.FindMessageTypeByName(official_name(ours)).fields_by_name
    assert {f.name: shape_of(f) for f in ours.fields} == {f.name: shape_of(theirs[f.name]) for f in ours.fields}


@pytest.mark.parametrize("ours", ENUMS, ids=lambda d: d.name)
def test_every_enum_value_has_the_official_number(ours: EnumDescriptor, official: DescriptorPool) -> None:
    theirs = official.FindEnumTypeByName(official_name(ours)).values_by_name
    assert {v.name: v.number for v in ours.values} == {v.name: theirs[v.name].number for v in ours.values}


@pytest.mark.parametrize("ours", services_pb2.DESCRIPTOR.services_by_name.values(), ids=lambda d: d.name)
def test_every_method_has_the_official_path_and_messages(ours: Any, official: DescriptorPool) -> None:
    theirs = official.FindServiceByName(ours.full_name).methods_by_name
    for method in ours.methods:
        assert official_name(method.input_type) == theirs[method.name].input_type.full_name
        assert official_name(method.output_type) == theirs[method.name].output_type.full_name


def test_an_official_client_reads_what_we_write(official: DescriptorPool) -> None:
    request = serving_pb2.PredictRequest(output_filter=["pool3"])
    request.model_spec.name = "inception_v3"
    request.model_spec.version.value = 3
    request.inputs["images"].dtype = serving_pb2.DT_UINT8
    request.inputs["images"].tensor_shape.dim.add(size=2)
    request.inputs["images"].tensor_content = b"\x01\x02"
    theirs = message_factory.GetMessageClass(official.FindMessageTypeByName("tensorflow.serving.PredictRequest"))

    read = theirs.FromString(request.SerializeToString())

    assert str(read) == str(request)
    assert read.SerializeToString(deterministic=True) == request.SerializeToString(deterministic=True)
