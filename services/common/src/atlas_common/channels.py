"""Channels to gRPC servers."""

import grpc
from opentelemetry.instrumentation.grpc import aio_client_interceptors

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""Of one message, on both ends of a channel."""


def open_channel(address: str) -> grpc.aio.Channel:
    """A channel to `host:port` or `unix:/path` that spreads calls over every address behind the name.

    The trace under way goes with each call. With `dns:///name:port` new replicas are noticed when a server ends a
    connection for its age (see `serve`).
    """
    return grpc.aio.insecure_channel(
        address,
        interceptors=aio_client_interceptors(),  # type: ignore[no-untyped-call]
        options=[
            ("grpc.lb_policy_name", "round_robin"),
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ],
    )
