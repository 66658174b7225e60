"""An OpenTelemetry collector that keeps spans in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)


@dataclass(frozen=True, slots=True)
class Span:
    """A span as it was sent; times in nanoseconds. `links` are traces."""

    trace: bytes
    service: str
    name: str
    start: int
    end: int
    links: frozenset[bytes]


class Collector(TraceServiceServicer):
    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.address = ""

    async def Export(self, request: ExportTraceServiceRequest, context: object) -> ExportTraceServiceResponse:  # noqa: N802, ARG002
        for resource in request.resource_spans:
            names = {one.key: one.value.string_value for one in resource.resource.attributes}
            service = names["service.name"].removeprefix("atlas-")
            for scope in resource.scope_spans:
                self.spans += [
                    Span(
                        span.trace_id,
                        service,
                        span.name,
                        span.start_time_unix_nano,
                        span.end_time_unix_nano,
                        frozenset(link.trace_id for link in span.links),
                    )
                    for span in scope.spans
                ]
        return ExportTraceServiceResponse()

    def way_of(self, trace: bytes) -> list[Span]:
        """The spans of the sticker's trace, and of the traces that it links to or that link to it; by their start."""
        own = [span for span in self.spans if span.trace == trace]
        near = {link for span in own for link in span.links}
        near |= {span.trace for span in self.spans if trace in span.links}
        return sorted((span for span in self.spans if span.trace in near | {trace}), key=lambda span: span.start)


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """Listens on loopback for as long as the block runs."""
    collector, server = Collector(), grpc.aio.server()
    add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]
    collector.address = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield collector
    finally:
        await server.stop(1)
