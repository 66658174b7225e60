"""Around every gRPC call: a request id, metrics, one log line, and domain errors turned into statuses."""

import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import structlog
from prometheus_client import Counter, Histogram

from atlas_common.errors import AtlasError, Conflict, InvalidInput, NotFound, NotPermitted, Unavailable
from atlas_common.logs import get_logger

REQUEST_ID = "x-request-id"

STATUS_BY_ERROR: dict[type[AtlasError], grpc.StatusCode] = {
    InvalidInput: grpc.StatusCode.INVALID_ARGUMENT,
    NotFound: grpc.StatusCode.NOT_FOUND,
    Conflict: grpc.StatusCode.FAILED_PRECONDITION,
    NotPermitted: grpc.StatusCode.PERMISSION_DENIED,
    Unavailable: grpc.StatusCode.UNAVAILABLE,
}

CALLS = Counter("atlas_grpc_calls_total", "gRPC calls answered", ["method", "code"])
SECONDS = Histogram("atlas_grpc_call_seconds", "Duration of gRPC calls", ["method"])

log = get_logger(__name__)


class ServerInterceptor(grpc.aio.ServerInterceptor):
    """Wraps unary and server-streaming methods; the kinds that the services have."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        handler = await continuation(handler_call_details)
        if handler is None or handler.request_streaming:
            return handler
        method: str = handler_call_details.method
        coders = {
            "request_deserializer": handler.request_deserializer,
            "response_serializer": handler.response_serializer,
        }
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(_watched_stream(method, handler.unary_stream), **coders)
        return grpc.unary_unary_rpc_method_handler(_watched(method, handler.unary_unary), **coders)


def _watched(method: str, call: Callable[[Any, Any], Awaitable[Any]]) -> Callable[[Any, Any], Awaitable[Any]]:
    async def answer(request: Any, context: Any) -> Any:
        with _Call(method, context) as watched:
            try:
                return await call(request, context)
            except AtlasError as error:
                await watched.abort(error)

    return answer


def _watched_stream(
    method: str, call: Callable[[Any, Any], AsyncIterator[Any]]
) -> Callable[[Any, Any], AsyncIterator[Any]]:
    async def answer(request: Any, context: Any) -> AsyncIterator[Any]:
        with _Call(method, context) as watched:
            try:
                async for message in call(request, context):
                    yield message
            except AtlasError as error:
                await watched.abort(error)

    return answer


class _Call:
    """One call from its arrival to its log line."""

    def __init__(self, method: str, context: Any) -> None:
        self.method = method
        self.context = context
        self.code = "OK"

    def __enter__(self) -> "_Call":
        self.started = time.perf_counter()
        metadata = dict(self.context.invocation_metadata() or ())
        structlog.contextvars.bind_contextvars(request_id=metadata.get(REQUEST_ID) or uuid.uuid4().hex)
        return self

    async def abort(self, error: AtlasError) -> None:
        kinds = (STATUS_BY_ERROR[kind] for kind in type(error).__mro__ if kind in STATUS_BY_ERROR)
        status = next(kinds, grpc.StatusCode.INTERNAL)
        self.code = status.name
        await self.context.abort(status, str(error), (("reason", error.reason),))

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None and self.code == "OK":
            self.code = "UNKNOWN" if isinstance(error, Exception) else "CANCELLED"
        seconds = time.perf_counter() - self.started
        CALLS.labels(self.method, self.code).inc()
        SECONDS.labels(self.method).observe(seconds)
        failed = self.code in ("UNKNOWN", "INTERNAL")
        write = log.error if failed else log.debug
        write("call_answered", method=self.method, code=self.code, seconds=round(seconds, 4), exc_info=failed and error)
        structlog.contextvars.unbind_contextvars("request_id")
