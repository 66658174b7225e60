"""The probe against servers on Unix sockets, which unit tests may open."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from atlas_common.probe import is_ready
from grpc_health.v1 import health, health_pb2, health_pb2_grpc


@pytest.fixture
def status() -> health.HealthServicer:
    return health.HealthServicer()


@pytest.fixture
def address(tmp_path: Path, status: health.HealthServicer) -> Iterator[str]:
    server = grpc.server(ThreadPoolExecutor(1))
    health_pb2_grpc.add_HealthServicer_to_server(status, server)
    address = f"unix:{tmp_path}/server"
    server.add_insecure_port(address)
    server.start()
    yield address
    server.stop(None).wait()


def test_a_server_that_serves_is_ready(address: str, status: health.HealthServicer) -> None:
    status.set("", health_pb2.HealthCheckResponse.SERVING)
    assert is_ready(address)


def test_a_server_whose_parts_do_not_answer_is_not_ready(address: str, status: health.HealthServicer) -> None:
    status.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    assert not is_ready(address)


def test_nobody_listening_is_not_ready(tmp_path: Path) -> None:
    assert not is_ready(f"unix:{tmp_path}/nobody")
