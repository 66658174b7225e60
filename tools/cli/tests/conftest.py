"""A gateway made of answers, behind httpx's own test transport."""

from collections.abc import AsyncIterator

import httpx
import pytest
from atlas_cli.client import AtlasClient
from atlas_cli.connection import Gateway


class FakeGateway:
    """Gives each path its answers in turn, the last one again and again; keeps the requests."""

    def __init__(self) -> None:
        self.answers: dict[str, list[httpx.Response]] = {}
        self.requests: list[httpx.Request] = []

    def answer(self, path: str, *bodies: object, status: int = 200) -> None:
        answers = [httpx.Response(status, json=body) for body in bodies]
        self.answers.setdefault(path, []).extend(answers)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answers = self.answers[request.url.raw_path.decode().removeprefix("/v1")]
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    monkeypatch.setattr("atlas_cli.connection.PAUSES_SECONDS", (0, 0))
    monkeypatch.setattr("atlas_cli.client.WATCH_SECONDS", 0)
    return FakeGateway()


@pytest.fixture
async def client(gateway: FakeGateway) -> AsyncIterator[AtlasClient]:
    async with AtlasClient(Gateway("http://gateway", "secret"), httpx.MockTransport(gateway.handle)) as client:
        yield client
