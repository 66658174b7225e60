"""Drawn stickers, and a model server small enough to stand in a test."""

import io
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import grpc
import numpy as np
import pytest
from atlas.serving.v1 import services_pb2_grpc
from atlas.serving.v1 import serving_pb2 as pb
from PIL import Image, ImageDraw

VERSION = 7
DIMENSIONS = {"pool3": 2048, "mixed3": 768}
IDENTITY = "colours-p2@0123456789ab"

Encode = Callable[..., bytes]


class ColourServing(services_pb2_grpc.PredictionServiceServicer, services_pb2_grpc.ModelServiceServicer):
    """Answers as TensorFlow Serving does; its features are a frame's mean colour, over and over.

    `failures` are the codes that the next predictions fail with, OK for one that does not; `as_content` picks where the
    floats are put; `asked` are the models and versions that predictions were for; `loaded` says whether the model is
    there.
    """

    def __init__(self) -> None:
        self.failures: list[grpc.StatusCode] = []
        self.as_content = False
        self.asked: list[tuple[str, int]] = []
        self.loaded = True

    async def Predict(self, request: pb.PredictRequest, context: grpc.aio.ServicerContext) -> pb.PredictResponse:  # type: ignore[override, type-arg]  # noqa: N802
        if self.failures and (code := self.failures.pop(0)) is not grpc.StatusCode.OK:
            await context.abort(code, "as the test wants")
        tensor = request.inputs["images"]
        frames = np.frombuffer(tensor.tensor_content, np.uint8).reshape([dim.size for dim in tensor.tensor_shape.dim])
        self.asked.append((request.model_spec.name, request.model_spec.version.value))
        colours = frames.mean(axis=(1, 2), dtype=np.float32)
        response = pb.PredictResponse()
        for output in request.output_filter:
            values = np.resize(colours.T, (DIMENSIONS[output], len(frames))).T
            answer = response.outputs[output]
            answer.dtype = pb.DT_FLOAT
            answer.tensor_shape.dim.extend(pb.TensorShapeProto.Dim(size=size) for size in values.shape)
            if self.as_content:
                answer.tensor_content = np.ascontiguousarray(values, np.float32).tobytes()
            else:
                answer.float_val.extend(values.ravel())
        return response

    async def GetModelMetadata(self, request: pb.GetModelMetadataRequest, _: object) -> pb.GetModelMetadataResponse:  # type: ignore[override]  # noqa: N802
        definitions = pb.SignatureDefMap()
        signature = definitions.signature_def["serving_default"]
        signature.inputs["images"].CopyFrom(info(pb.DT_UINT8, -1, 299, 299, 3))
        for output, dimensions in DIMENSIONS.items():
            signature.outputs[output].CopyFrom(info(pb.DT_FLOAT, -1, dimensions))
        definitions.signature_def[IDENTITY].SetInParent()
        response = pb.GetModelMetadataResponse(model_spec=request.model_spec)
        response.model_spec.version.value = VERSION
        packed = response.metadata["signature_def"]
        packed.type_url, packed.value = (
            "type.googleapis.com/tensorflow.serving.SignatureDefMap",
            definitions.SerializeToString(),
        )
        return response

    async def GetModelStatus(self, request: pb.GetModelStatusRequest, _: object) -> pb.GetModelStatusResponse:  # type: ignore[override]  # noqa: N802
        state = pb.ModelVersionStatus.AVAILABLE if self.loaded else pb.ModelVersionStatus.UNLOADING
        status = pb.ModelVersionStatus(version=VERSION, state=state)
        return pb.GetModelStatusResponse(model_version_status=[status])


def info(dtype: pb.DataType, *shape: int) -> pb.TensorInfo:
    dims = [pb.TensorShapeProto.Dim(size=size) for size in shape]
    return pb.TensorInfo(dtype=dtype, tensor_shape=pb.TensorShapeProto(dim=dims))


@pytest.fixture
def colours() -> ColourServing:
    return ColourServing()


@pytest.fixture
async def serving(colours: ColourServing, tmp_path: Path) -> AsyncIterator[str]:
    """Address of a model server: the small one, or that of the variable ATLAS_TEST_SERVING."""
    if real := os.environ.get("ATLAS_TEST_SERVING"):
        yield real
        return
    address = f"unix:{tmp_path}/serving.sock"
    server = grpc.aio.server()
    services_pb2_grpc.add_PredictionServiceServicer_to_server(colours, server)
    services_pb2_grpc.add_ModelServiceServicer_to_server(colours, server)
    server.add_insecure_port(address)
    await server.start()
    yield address
    await server.stop(None)


def drawing(seed: int, size: tuple[int, int] = (120, 90)) -> Image.Image:
    """A picture that no other seed draws: a coloured ball on nothing."""
    image = Image.new("RGBA", size)
    colour = (seed * 37 % 200, seed * 91 % 200, seed * 53 % 200)
    ImageDraw.Draw(image).ellipse((10, 10, size[0] - 10, size[1] - 10), fill=colour)
    return image


@pytest.fixture
def draw() -> Callable[..., Image.Image]:
    return drawing


def encoded(image: Image.Image, encoding: str = "PNG", **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, encoding, **options)
    return content.getvalue()


@pytest.fixture
def encode() -> Encode:
    return encoded
