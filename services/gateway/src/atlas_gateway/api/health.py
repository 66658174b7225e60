"""For those who run the gateway: is it alive, can it serve, what does it measure."""

import asyncio
from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from atlas_gateway.model.resource import Resource
from atlas_gateway.parts import Found

router = APIRouter(tags=["operation"])

NEEDED = ("store", "tables")  # without the queue, a gateway still serves everything


class Health(Resource):
    """The process is alive."""

    status: Literal["ok"] = "ok"


class Readiness(Resource):
    """Whether each part was reached just now."""

    ready: bool
    parts: dict[str, bool]


@router.get("/healthz", summary="Alive")
async def healthz() -> Health:
    """Answers as long as the process does."""
    return Health()


@router.get("/readyz", summary="Ready", responses={503: {"model": Readiness, "description": "Not ready"}})
async def readyz(parts: Found, response: Response) -> Readiness:
    """Uses the store, the tables and the queue. Without the store or the tables the gateway is not ready (503)."""
    checks = parts.checks if parts else {}
    answers = await asyncio.gather(*(check() for check in checks.values()))
    reached = dict.fromkeys(NEEDED, False) | dict(zip(checks, answers, strict=True))
    ready = all(reached[name] for name in NEEDED)
    if not ready:
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    return Readiness(ready=ready, parts=reached)


@router.get("/metrics", response_class=Response, summary="Metrics", responses={200: {"content": {"text/plain": {}}}})
async def metrics() -> Response:
    """Metrics in Prometheus' format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
