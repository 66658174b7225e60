"""Around every request: its id, one log line, metrics, and headers that keep browsers from doing harm."""

import time
import uuid
from contextlib import AbstractContextManager

import structlog
from atlas_common.interceptors import REQUEST_ID
from atlas_common.logs import get_logger
from atlas_common.traces import carried_by, span
from opentelemetry.trace import Span, SpanKind
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from atlas_gateway.problems import defect

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
MAX_REQUEST_ID = 100

REQUESTS = Counter("atlas_http_requests_total", "HTTP requests answered", ["operation", "code"])
SECONDS = Histogram("atlas_http_request_seconds", "Time to the end of the answer", ["operation"])

log = get_logger(__name__)


class BodyLimit:
    """Refuses request bodies of more than `size` bytes, by what they announce or while they come in.

    Of all that are under way at once it takes `flight` bytes: anybody may send pictures to search by.
    """

    def __init__(self, app: ASGIApp, size: int, flight: int) -> None:
        self._app = app
        self._size = size
        self._flight = flight
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken = 0

        async def take() -> Message:
            nonlocal taken
            message = await receive()
            came = len(message.get("body", b""))
            taken += came
            self._held += came
            if max(taken, announced) > self._size:
                raise HTTPException(
                    413, f"the body is larger than the {self._size} bytes of ATLAS_GATEWAY_UPLOAD_BYTES"
                )
            if self._held > max(taken, self._flight):
                raise HTTPException(503, "more is being sent at once than ATLAS_GATEWAY_FLIGHT_BYTES lets in")
            return message

        announced = int(Headers(scope=scope).get("content-length", 0)) if scope["type"] == "http" else 0
        try:
            await self._app(scope, take, send)
        finally:
            self._held -= taken


class Watched:
    """Gives each request an id, which goes on to the services it calls, then logs and counts it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        sent = headers.get(REQUEST_ID, "")
        sendable = sent.isascii() and sent.isprintable() and 0 < len(sent) <= MAX_REQUEST_ID
        request_id = sent if sendable else uuid.uuid4().hex
        started, status = time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                leaving = MutableHeaders(scope=message)
                leaving[REQUEST_ID] = request_id
                for name, value in SECURITY_HEADERS.items():
                    leaving.setdefault(name, value)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id), _traced(scope, headers) as request:
            try:
                await self._app(scope, receive, answer)
            except Exception:
                log.exception("request_failed")
                if status:  # too late for another answer
                    raise
                await defect(Request(scope), request_id)(scope, receive, answer)
            finally:
                operation = _operation(scope)
                request.update_name(operation)
                _record(scope, operation, status, time.perf_counter() - started)


def _traced(scope: Scope, headers: Headers) -> AbstractContextManager[Span]:
    return span(scope["method"], parent=carried_by(headers), kind=SpanKind.SERVER)


def _operation(scope: Scope) -> str:
    """Name of the function that answered: there are few, unlike paths."""
    return getattr(scope.get("endpoint"), "__name__", "none")


def _record(scope: Scope, operation: str, status: int, seconds: float) -> None:
    REQUESTS.labels(operation, str(status)).inc()
    SECONDS.labels(operation).observe(seconds)
    write = log.error if status >= 500 and operation != "readyz" else log.debug  # not ready is an answer, not a fault
    write("request_answered", method=scope["method"], path=scope["path"], code=status, seconds=round(seconds, 4))
