"""Requests into the model's terms, and answers back."""

from collections.abc import Awaitable, Callable, Sequence

from atlas.common.v1 import common_pb2
from atlas.embedding.v1 import embedding_pb2 as pb
from atlas.embedding.v1.embedding_pb2_grpc import EmbeddingServiceServicer
from atlas_common.queue import Backlog

from atlas_embedding.model import Vectors
from atlas_embedding.ports import Counts


class Servicer(EmbeddingServiceServicer):
    def __init__(
        self,
        model: str,
        embed: Callable[[bytes], Awaitable[Vectors]],
        counts: Counts,
        backlog: Callable[[], Awaitable[Backlog]],
        retry: Callable[[Sequence[str]], Awaitable[int]],
    ) -> None:
        self._model = model
        self._embed = embed
        self._counts = counts
        self._backlog = backlog
        self._retry = retry

    async def EmbedImage(self, request: pb.EmbedImageRequest, _: object) -> pb.EmbedImageResponse:
        vectors = await self._embed(request.content)
        features = [common_pb2.Vector(name=name, values=values) for name, values in vectors.items()]
        return pb.EmbedImageResponse(model=self._model, features=features)

    async def GetStatus(self, _request: pb.GetStatusRequest, _: object) -> pb.Status:
        backlog = await self._backlog()
        failures = await self._counts.failures()
        return pb.Status(
            model=self._model,
            queued=backlog.waiting,
            in_flight=backlog.in_flight,
            embedded=await self._counts.embedded(),
            failed=sum(failures.values()),
            failures=[common_pb2.Count(name=reason, count=count) for reason, count in failures.items()],
        )

    async def RetryFailures(self, request: pb.RetryFailuresRequest, _: object) -> pb.RetryFailuresResponse:
        return pb.RetryFailuresResponse(queued=await self._retry(request.reasons))
