"""How the gateway calls another service: with a deadline, the request's id, and domain errors for statuses."""

from collections.abc import AsyncIterator
from typing import Any, TypeVar

import grpc
import structlog
from atlas_common.channels import open_channel
from atlas_common.errors import AtlasError, BrokenInvariant, Unavailable
from atlas_common.interceptors import REQUEST_ID, STATUS_BY_ERROR
from atlas_common.paging import InvalidPageToken

from atlas_gateway.cursors import InvalidCursor

Reply = TypeVar("Reply")

ERROR_BY_STATUS = {status: error for error, status in STATUS_BY_ERROR.items()} | {
    grpc.StatusCode.DEADLINE_EXCEEDED: Unavailable,
    grpc.StatusCode.UNIMPLEMENTED: Unavailable,
}


class Remote:
    """A connection to one service, spread over its replicas. Calls raise the domain error that the service raised,
    or `Unavailable`.
    """

    def __init__(self, name: str, address: str, timeout: float = 30) -> None:
        self._name = name
        self._timeout = timeout
        self.channel = open_channel(address)

    async def call(self, method: "grpc.aio.UnaryUnaryMultiCallable[Any, Reply]", request: object) -> Reply:
        try:
            return await method(request, timeout=self._timeout, metadata=_metadata())
        except grpc.aio.AioRpcError as error:
            raise self._translated(error) from error

    async def watch(
        self, method: "grpc.aio.UnaryStreamMultiCallable[Any, Reply]", request: object
    ) -> AsyncIterator[Reply]:
        try:
            async for reply in method(request, metadata=_metadata()):
                yield reply
        except grpc.aio.AioRpcError as error:
            raise self._translated(error) from error

    async def close(self) -> None:
        await self.channel.close()

    def _translated(self, error: grpc.aio.AioRpcError) -> AtlasError:
        kind = ERROR_BY_STATUS.get(error.code(), BrokenInvariant)
        reason = dict(error.trailing_metadata() or ()).get("reason")
        if reason is None:  # gRPC's own words, not the service's
            return kind(f"the {self._name} service does not answer as it should: {error.code().name.lower()}")
        if reason == InvalidPageToken.reason:
            return InvalidCursor()  # which is what a caller of the gateway has sent
        return kind(error.details() or "", reason=str(reason))


def _metadata() -> tuple[tuple[str, str], ...]:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return ((REQUEST_ID, request_id),) if request_id else ()
