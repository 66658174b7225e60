# ruff: noqa: N802 - gRPC names its methods so
"""A stand-in for the embedding service."""

from typing import Any

import grpc
from atlas.common.v1.common_pb2 import Vector
from atlas.embedding.v1 import embedding_pb2
from atlas.embedding.v1.embedding_pb2_grpc import EmbeddingServiceServicer

from services.gateway.tests.fakes import look_at

Context = grpc.aio.ServicerContext[Any, Any]


class FakeEmbedding(EmbeddingServiceServicer):
    """Every picture has the same features."""

    def __init__(self, model: str, features: dict[str, list[float]]) -> None:
        self.model = model
        self.features = features
        self.retried: list[str] = []

    async def EmbedImage(  # type: ignore[override]
        self, request: embedding_pb2.EmbedImageRequest, context: Context
    ) -> embedding_pb2.EmbedImageResponse:
        look_at(request.content)
        vectors = [Vector(name=name, values=values) for name, values in self.features.items()]
        return embedding_pb2.EmbedImageResponse(model=self.model, features=vectors)

    async def GetStatus(self, request: embedding_pb2.GetStatusRequest, context: Context) -> embedding_pb2.Status:  # type: ignore[override]
        return embedding_pb2.Status(model=self.model)

    async def RetryFailures(  # type: ignore[override]
        self, request: embedding_pb2.RetryFailuresRequest, context: Context
    ) -> embedding_pb2.RetryFailuresResponse:
        self.retried += request.reasons
        return embedding_pb2.RetryFailuresResponse(queued=2)
