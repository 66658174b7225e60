"""A trace survives the queue's headers, and a batch is linked to what is in it."""

import pytest
from atlas_common.settings import TraceSettings
from atlas_common.traces import carried_by, configure_traces, span, sticker, to_carry, under_way
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


@pytest.fixture
def finished(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    return exporter


def named(finished: InMemorySpanExporter, name: str) -> ReadableSpan:
    (found,) = [one for one in finished.get_finished_spans() if one.name == name]
    return found


def test_work_taken_from_the_queue_continues_the_trace_of_what_published_it(finished: InMemorySpanExporter) -> None:
    with span("store_image", sha256="ab"):
        headers = to_carry()
    with span("embed_image", parent=carried_by(headers)):
        pass

    stored, embedded = named(finished, "store_image"), named(finished, "embed_image")
    assert embedded.parent is not None
    assert embedded.parent.span_id == stored.context.span_id
    assert embedded.context.trace_id == stored.context.trace_id
    assert stored.attributes == {"sha256": "ab"}


def test_work_on_a_sticker_joins_its_trace_whoever_does_it_and_links_to_the_batch(
    finished: InMemorySpanExporter,
) -> None:
    sha256 = "ab" * 32
    with span("store_image", parent=sticker(sha256)):
        pass
    with span("embed_batch"):
        batch = under_way()
        with span("embed_image", parent=sticker(sha256), links=[batch]):
            pass

    stored, embedded = named(finished, "store_image"), named(finished, "embed_image")
    assert stored.context.trace_id == embedded.context.trace_id
    assert [link.context.span_id for link in embedded.links] == [named(finished, "embed_batch").context.span_id]


def test_an_error_is_recorded_on_the_span_that_it_leaves(finished: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="broken"), span("decode"):
        raise ValueError("broken")
    assert named(finished, "decode").status.is_ok is False


def test_without_a_collector_nothing_is_carried() -> None:
    configure_traces("gateway", TraceSettings(endpoint=""))
    with span("fetch_image"):
        assert to_carry() == {}
