"""Channels to gRPC servers."""

import grpc
from opentelemetry.instrumentation.grpc import aio_client_interceptors

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""Of one message, on both ends of a channel; gRPC's own limit, 4 MiB, is 150 stickers' vectors."""
PING_MILLISECONDS = 30_000

OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", PING_MILLISECONDS),  # else a machine that vanishes is waited for a quarter of an hour
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 5_000),  # else a server that is back is not noticed for up to two minutes
)
"""Of every channel."""


def open_channel(address: str) -> grpc.aio.Channel:
    """A channel to `host:port` or `unix:/path` that spreads calls over every address behind the name.

    The trace under way goes with each call. With `dns:///name:port` new replicas are noticed when a server ends a
    connection for its age (see `serve`).
    """
    return grpc.aio.insecure_channel(
        address,
        interceptors=aio_client_interceptors(),  # type: ignore[no-untyped-call]
        options=[("grpc.lb_policy_name", "round_robin"), *OPTIONS],
    )
