"""`python -m atlas_common.probe ADDRESS`: succeeds when the server says that it is ready.

ADDRESS is a URL to get, or a gRPC server's `host:port` or `unix:/path`. For images that hold no other client.
"""

import asyncio
import sys
import urllib.request

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

TIMEOUT_SECONDS = 3
PAUSE_SECONDS = 0.1


def is_ready(address: str) -> bool:
    if address.startswith("http://"):
        return _url_answers(address)
    return _server_serves(address)


async def until_ready(address: str, seconds: float) -> None:
    """Return once the server says that it is ready. Raises `TimeoutError` when it has not within so many seconds."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(is_ready, address):  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(PAUSE_SECONDS)


def _url_answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS):  # noqa: S310 - is_ready lets only http pass
            return True
    except OSError:
        return False


def _server_serves(address: str) -> bool:
    with grpc.insecure_channel(address) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT_SECONDS)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


if __name__ == "__main__":
    sys.exit(not is_ready(sys.argv[1]))
