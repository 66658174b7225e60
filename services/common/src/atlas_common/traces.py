"""Traces that follow one sticker over gRPC and through the queue, sent to an OpenTelemetry collector.

A sticker's trace starts where its link is taken from the queue, and each message carries the trace along in its
headers. Work on a batch is a span of its own, linked to the sticker of every message in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Link, Span, SpanKind

from atlas_common.settings import TraceSettings

NOWHERE = Context()
"""The context of work that nothing caused: a span in it starts a trace."""


def configure_traces(service: str, settings: TraceSettings) -> None:
    """Send spans to the collector that the settings name; without one, spans cost next to nothing and go nowhere."""
    if not settings.endpoint:
        return
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(settings.ratio)),
        resource=Resource.create({SERVICE_NAME: f"atlas-{service}"}),
    )
    exporter = OTLPSpanExporter(settings.endpoint, insecure=settings.endpoint.startswith("http://"))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def carried_by(headers: Mapping[str, str] | None) -> Context:
    """The context that a message or call brought along."""
    return propagate.extract(headers or {}, context=NOWHERE)


def to_carry() -> dict[str, str]:
    """Headers that bring the context under way along."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    return headers


@contextmanager
def span(
    name: str,
    *,
    parent: Context | None = None,
    links: Sequence[Context] = (),
    kind: SpanKind = SpanKind.INTERNAL,
    **attributes: str | int | float | bool,
) -> Iterator[Span]:
    """A span of the trace under way, or of the trace of `parent`; an error that leaves the block is recorded on it."""
    causes = (trace.get_current_span(link).get_span_context() for link in links)
    tracer = trace.get_tracer("atlas")
    with tracer.start_as_current_span(
        name, parent, kind=kind, attributes=attributes, links=[Link(cause) for cause in causes if cause.is_valid]
    ) as current:
        yield current
