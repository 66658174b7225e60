"""Runs one gRPC server from its first bind to a graceful end."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from grpc_reflection.v1alpha.reflection_pb2_grpc import add_ServerReflectionServicer_to_server
from opentelemetry.instrumentation.grpc import aio_server_interceptor, filters
from prometheus_client import start_http_server

from atlas_common.channels import MAX_MESSAGE_BYTES, PING_MILLISECONDS
from atlas_common.ending import end_within
from atlas_common.errors import Conflict, Unavailable
from atlas_common.interceptors import ServerInterceptor
from atlas_common.logs import get_logger
from atlas_common.loops import Background, first_of
from atlas_common.patience import Make, patiently
from atlas_common.settings import ServeSettings
from atlas_common.stopping import finish, told_to_stop, unless, until

ALIVE = "alive"
"""Health name for liveness probes: serving as long as the process answers, whatever its parts do."""

Check = Callable[[], Awaitable[bool]]

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """What a composition root hands over.

    register: adds the servicer to the server. names: full gRPC service names, for reflection and health.
    background: loops that run beside the server until the event is set. ready: true when the parts relied on answer.
    """

    register: Callable[[grpc.aio.Server], None]
    names: tuple[str, ...]
    ready: Check
    background: tuple[Background, ...] = field(default=())


class _Registrar(grpc.GenericRpcHandler):
    """Takes servicers after the server has started; as long as there are none, every call is UNAVAILABLE."""

    def __init__(self) -> None:
        self._handlers: list[grpc.GenericRpcHandler] = []

    def add_generic_rpc_handlers(self, handlers: Iterable[grpc.GenericRpcHandler]) -> None:
        self._handlers += handlers

    def add_registered_method_handlers(self, service: str, handlers: object) -> None:
        """Generated code registers each method twice; once is enough."""

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        if not self._handlers:
            return grpc.unary_unary_rpc_method_handler(self._refuse)
        return next(filter(None, (handler.service(details) for handler in self._handlers)), None)

    async def _refuse(self, _request: bytes, _context: object) -> bytes:
        raise Unavailable("the service waits for a part that it needs; its log says which")


async def serve(compose: Make[Service], settings: ServeSettings) -> None:
    """Serve until SIGTERM or SIGINT, then finish work under way within `grace_seconds`; `end_within` says what follows.

    The server listens at once: alive, but not ready until `compose` has found every part.
    A background loop that fails ends the process: whoever supervises it starts it afresh, with nothing half alive.
    Raises `Conflict` where the address is taken.
    """
    stop = told_to_stop()
    status, registrar = health.aio.HealthServicer(), _Registrar()
    await status.set(ALIVE, health_pb2.HealthCheckResponse.SERVING)
    await status.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    server = _server(settings)
    health_pb2_grpc.add_HealthServicer_to_server(status, server)
    server.add_generic_rpc_handlers((registrar,))
    loops: list[asyncio.Task[None]] = []
    async with AsyncExitStack() as parts:
        parts.enter_context(_metrics(settings.metrics_listen))
        await server.start()
        log.info("listening", address=settings.listen)
        try:
            composing = patiently(compose, parts, settings, settings.start_seconds)
            if service := await unless(stop, composing):
                service.register(cast(grpc.aio.Server, registrar))
                names = (*service.names, health.SERVICE_NAME, reflection.SERVICE_NAME)
                add_ServerReflectionServicer_to_server(reflection.aio.ReflectionServicer(names), registrar)
                gc.freeze()  # what is there now stays, and need not be looked through at every collection
                loops = [asyncio.create_task(run(stop)) for run in service.background]
                loops.append(asyncio.create_task(_report_health(service, status, stop)))
                await until(stop, loops)
        finally:
            stop.set()
            end_within(settings.grace_seconds)
            await status.enter_graceful_shutdown()
            log.info("stopping", grace_seconds=settings.grace_seconds)
            await asyncio.gather(server.stop(settings.grace_seconds), finish(loops, settings.grace_seconds))


def _server(settings: ServeSettings) -> grpc.aio.Server:
    server = grpc.aio.server(
        interceptors=[aio_server_interceptor(filter_=filters.negate(filters.health_check())), ServerInterceptor()],  # type: ignore[no-untyped-call]
        options=[
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_connection_age_ms", round(1000 * settings.connection_age_seconds)),
            ("grpc.max_connection_age_grace_ms", 60_000),
            ("grpc.http2.min_ping_interval_without_data_ms", PING_MILLISECONDS // 2),
            ("grpc.so_reuseport", 0),
        ],
    )
    try:
        server.add_insecure_port(settings.listen)
    except RuntimeError as error:
        message = f"nothing can listen on {settings.listen}: it is another process's, or no address of this machine"
        raise Conflict(message, reason="address_taken") from error
    return server


@contextmanager
def _metrics(address: str) -> Iterator[None]:
    host, _, port = address.rpartition(":")
    metrics, _ = start_http_server(int(port), addr=host)
    try:
        yield
    finally:
        metrics.shutdown()
        metrics.server_close()


async def _report_health(service: Service, status: health.aio.HealthServicer, stop: asyncio.Event) -> None:
    serving = health_pb2.HealthCheckResponse.SERVING
    not_serving = health_pb2.HealthCheckResponse.NOT_SERVING
    while not stop.is_set():
        ready = await service.ready()
        for name in ("", *service.names):
            await status.set(name, serving if ready else not_serving)
        await first_of(stop, seconds=5 if ready else 0.5)
