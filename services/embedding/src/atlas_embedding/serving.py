"""A thin client of TensorFlow Serving: its protocol without TensorFlow."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Self

import grpc
import numpy as np
from atlas.serving.v1 import serving_pb2 as pb
from atlas.serving.v1.services_pb2_grpc import ModelServiceStub, PredictionServiceStub
from atlas_common import channels
from atlas_common.channels import MAX_MESSAGE_BYTES
from atlas_common.errors import AtlasError, BrokenInvariant, Unavailable
from opentelemetry.instrumentation.grpc import aio_client_interceptors

from atlas_embedding.model import Frame, Network, Vectors
from atlas_embedding.settings import ModelSettings
from atlas_embedding.signature import describe
from atlas_embedding.tensors import predict_request, to_array

CHECK_SECONDS = 2
PREDICT = "/tensorflow.serving.PredictionService/Predict"
RETRIES = {
    "methodConfig": [
        {
            "name": [{"service": "tensorflow.serving.PredictionService"}],
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.1s",
                "maxBackoff": "5s",
                "backoffMultiplier": 3,
                "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"],
            },
        }
    ]
}
"""gRPC's own retries, which wait a random part of each pause."""

OPTIONS = [
    ("grpc.service_config", json.dumps(RETRIES)),
    ("grpc.enable_retries", 1),
    ("grpc.per_rpc_retry_buffer_size", MAX_MESSAGE_BYTES),  # a larger request is not sent again
    *channels.OPTIONS,
]
TEMPORARY = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)
NOT_LOADED = (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION)


class TooLate(Unavailable):
    """The deadline passed without an answer."""


class TensorFlowServing:
    """One version of one model on a server. Every method raises `Unavailable` when that does not answer."""

    def __init__(self, channel: grpc.aio.Channel, network: Network, settings: ModelSettings) -> None:
        self._channel = channel
        self._predict: grpc.aio.UnaryUnaryMultiCallable[bytes, pb.PredictResponse] = channel.unary_unary(
            PREDICT, response_deserializer=pb.PredictResponse.FromString
        )
        self._models = ModelServiceStub(channel)
        self._settings = settings
        self._spec = pb.ModelSpec(name=settings.name)
        self._spec.version.value = network.version
        self._head = pb.PredictRequest(model_spec=self._spec, output_filter=network.outputs).SerializeToString()
        self.network = network

    @classmethod
    async def connect(cls, settings: ModelSettings) -> Self:
        """Ask for the model's version, and stay with it. Raises `BrokenInvariant` for a model of another shape."""
        channel = grpc.aio.insecure_channel(settings.server, options=OPTIONS, interceptors=aio_client_interceptors())  # type: ignore[no-untyped-call]
        request = pb.GetModelMetadataRequest(metadata_field=["signature_def"])
        request.model_spec.name = settings.name
        if settings.version:
            request.model_spec.version.value = settings.version
        try:
            with _domain_errors(settings):
                metadata = await PredictionServiceStub(channel).GetModelMetadata(request, timeout=CHECK_SECONDS)
            return cls(channel, describe(metadata, settings), settings)
        except AtlasError:
            await channel.close()
            raise

    async def predict(self, frames: Sequence[Frame]) -> Vectors:
        """Vectors of each frame.

        Raises `BrokenInvariant` for an answer that is no answer to the question, and for frames that are answered too
        late both before and after a blank one is answered in time: the server is up then.
        """
        try:
            return await self._vectors(frames)
        except TooLate:
            await self._vectors([np.zeros_like(frames[0])])
        try:
            return await self._vectors(frames)
        except TooLate as error:
            raise BrokenInvariant(f"{error}; but a blank frame is in time", reason="prediction_timeout") from error

    async def _vectors(self, frames: Sequence[Frame]) -> Vectors:
        request = predict_request(self._head, self.network.input, frames)
        with _domain_errors(self._settings):
            response = await self._predict(request, timeout=self._settings.predict_seconds)
        vectors = {output: to_array(response.outputs[output]) for output in self.network.outputs}
        for output, dimensions in self.network.outputs.items():
            if vectors[output].shape != (len(frames), dimensions):
                raise BrokenInvariant(f"{output} came as {vectors[output].shape}", reason="wrong_shape")
        return vectors

    async def ready(self) -> bool:
        """True when the server has the version loaded."""
        request = pb.GetModelStatusRequest(model_spec=self._spec)
        try:
            response = await self._models.GetModelStatus(request, timeout=CHECK_SECONDS)
        except grpc.aio.AioRpcError:
            return False
        return any(status.state == pb.ModelVersionStatus.AVAILABLE for status in response.model_version_status)

    async def close(self) -> None:
        await self._channel.close()


@contextmanager
def _domain_errors(settings: ModelSettings) -> Iterator[None]:
    try:
        yield
    except grpc.aio.AioRpcError as error:
        answer = f"{error.code().name}: {error.details()}"
        raise _kind(error.code())(f"the model server {settings.server} answered {answer}") from error


def _kind(code: grpc.StatusCode) -> type[AtlasError]:
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return TooLate
    return Unavailable if code in TEMPORARY + NOT_LOADED else BrokenInvariant
