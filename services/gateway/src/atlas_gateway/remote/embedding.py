"""The embedding service, as the gateway sees it."""

from collections.abc import Iterable
from dataclasses import dataclass

from atlas.embedding.v1 import embedding_pb2 as pb
from atlas.embedding.v1.embedding_pb2_grpc import EmbeddingServiceStub

from atlas_gateway.remote.calls import Remote


@dataclass(frozen=True, slots=True)
class Embedded:
    """Features of a picture: the model's name, and a vector for each of its outputs."""

    model: str
    features: dict[str, list[float]]


class Embedding:
    """Turns a picture that is not in the bucket into features."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._stub = EmbeddingServiceStub(remote.channel)

    async def embed(self, content: bytes) -> Embedded:
        reply = await self._remote.call(self._stub.EmbedImage, pb.EmbedImageRequest(content=content))
        return Embedded(reply.model, {vector.name: list(vector.values) for vector in reply.features})

    async def retry(self, reasons: Iterable[str]) -> int:
        """Have pictures embedded that failed before; how many those are."""
        reply = await self._remote.call(self._stub.RetryFailures, pb.RetryFailuresRequest(reasons=reasons))
        return reply.queued

    async def model(self) -> str:
        """Name of the model that embeds now."""
        return (await self._remote.call(self._stub.GetStatus, pb.GetStatusRequest())).model
