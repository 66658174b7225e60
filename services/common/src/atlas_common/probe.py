"""`python -m atlas_common.probe ADDRESS`: succeeds when the server says that it is ready.

ADDRESS is a URL to get, or a gRPC server's `host:port` or `unix:/path`. For images that hold no other client.
"""

import sys
import urllib.request

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

TIMEOUT_SECONDS = 3


def is_ready(address: str) -> bool:
    if address.startswith("http://"):
        return _url_answers(address)
    return _server_serves(address)


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
