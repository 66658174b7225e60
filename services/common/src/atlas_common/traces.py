"""Traces that follow one sticker over gRPC and through the queue, sent to an OpenTelemetry collector.

Calls and messages carry the trace of a request or job along in their headers. A sticker has a trace of its own, named
by its content: whoever works on it, minutes or weeks later and with nothing but its id in hand, adds to the same trace.
Work on a batch is a span that the spans of its stickers link to.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.context import Context, get_current
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NonRecordingSpan,
    NoOpTracerProvider,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
)

from atlas_common.settings import TraceSettings

NOWHERE = Context()
"""The context of work that nothing caused: a span in it starts a trace."""

SAMPLED = TraceFlags(TraceFlags.SAMPLED)


def configure_traces(service: str, settings: TraceSettings) -> None:
    """Send spans to the collector that the settings name; without one, spans cost next to nothing and go nowhere."""
    if not settings.endpoint:
        trace.set_tracer_provider(NoOpTracerProvider())  # else every span looks for a provider in the environment
        return
    share = TraceIdRatioBased(settings.ratio)  # decides by the trace's id, so that all services agree
    provider = TracerProvider(
        sampler=ParentBased(share, remote_parent_sampled=share),
        resource=Resource.create({SERVICE_NAME: f"atlas-{service}"}),
    )
    exporter = OTLPSpanExporter(settings.endpoint, insecure=settings.endpoint.startswith("http://"))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def sticker(sha256: str) -> Context:
    """The context of the sticker's own trace."""
    name = hashlib.sha256(sha256.encode()).digest()
    root = SpanContext(_number(name[:16]), _number(name[16:24]), is_remote=True, trace_flags=SAMPLED)
    return trace.set_span_in_context(NonRecordingSpan(root), NOWHERE)


def _number(digits: bytes) -> int:
    return int.from_bytes(digits, "big")


def under_way() -> Context:
    """The context of what is being done, to link to."""
    return get_current()


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
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):  # nobody looks at spans
        yield INVALID_SPAN
        return
    causes = (trace.get_current_span(link).get_span_context() for link in links)
    with provider.get_tracer("atlas").start_as_current_span(
        name, parent, kind=kind, attributes=attributes, links=[Link(cause) for cause in causes if cause.is_valid]
    ) as current:
        yield current
