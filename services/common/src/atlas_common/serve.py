"""Runs one gRPC server from its first bind to a graceful end."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from opentelemetry.instrumentation.grpc import aio_server_interceptor, filters
from prometheus_client import start_http_server

from atlas_common.interceptors import ServerInterceptor
from atlas_common.logs import get_logger
from atlas_common.loops import first_of
from atlas_common.settings import ServeSettings

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
ALIVE = "alive"
"""Health name for liveness probes: serving as long as the process answers, whatever its parts do."""

log = get_logger(__name__)

Background = Callable[[asyncio.Event], Coroutine[None, None, None]]
Check = Callable[[], Awaitable[bool]]


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


async def serve(service: Service, settings: ServeSettings) -> None:
    """Serve until SIGTERM or SIGINT, then finish work under way within `grace_seconds`.

    A background loop that fails ends the process: whoever supervises it starts it afresh, with nothing half alive.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)

    server = grpc.aio.server(
        interceptors=[aio_server_interceptor(filter_=filters.negate(filters.health_check())), ServerInterceptor()],  # type: ignore[no-untyped-call]
        options=[
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_connection_age_ms", round(1000 * settings.connection_age_seconds)),
            ("grpc.max_connection_age_grace_ms", 60_000),
            ("grpc.so_reuseport", 0),
        ],
    )
    service.register(server)
    status = health.aio.HealthServicer()
    await status.set(ALIVE, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(status, server)
    reflection.enable_server_reflection([*service.names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
    server.add_insecure_port(settings.listen)
    host, _, port = settings.metrics_listen.rpartition(":")
    metrics, _ = start_http_server(int(port), addr=host)
    await server.start()
    log.info("listening", address=settings.listen)

    loops = [asyncio.create_task(run(stop)) for run in service.background]
    loops.append(asyncio.create_task(_report_health(service, status, stop)))
    try:
        await _first_of(stop, loops)
    finally:
        stop.set()
        await status.enter_graceful_shutdown()
        log.info("stopping", grace_seconds=settings.grace_seconds)
        await server.stop(settings.grace_seconds)
        _, late = await asyncio.wait(loops, timeout=settings.grace_seconds)
        for task in late:
            task.cancel()
        metrics.shutdown()
        metrics.server_close()


async def _first_of(stop: asyncio.Event, loops: list[asyncio.Task[None]]) -> None:
    waiter = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([waiter, *loops], return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()
    for task in done - {waiter}:
        task.result()


async def _report_health(service: Service, status: health.aio.HealthServicer, stop: asyncio.Event) -> None:
    serving = health_pb2.HealthCheckResponse.SERVING
    not_serving = health_pb2.HealthCheckResponse.NOT_SERVING
    while not stop.is_set():
        ready = await service.ready()
        for name in ("", *service.names):
            await status.set(name, serving if ready else not_serving)
        await first_of(stop, seconds=5 if ready else 0.5)
