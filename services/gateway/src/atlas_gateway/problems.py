"""Everything that goes wrong, as problem+json (RFC 9457): the one place where errors become HTTP."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from atlas_common.errors import (
    AtlasError,
    BrokenInvariant,
    Conflict,
    InvalidInput,
    NotFound,
    NotPermitted,
    Unavailable,
)
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from atlas_gateway.fields import FieldProblem, fields_at_fault
from atlas_gateway.gallery.rendering import render

RETRY_AFTER_SECONDS = 2
MEDIA_TYPE = "application/problem+json"


class NotSignedIn(NotPermitted):
    reason = "not_signed_in"


class Gone(NotFound):
    reason = "taken_down"


class Problem(BaseModel):
    """What went wrong, and what to do about it (RFC 9457)."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str
    title: str
    status: int
    detail: str
    reason: str
    """Constant in snake_case, to filter and count by."""
    remedy: str
    """What to do about it."""
    errors: list[FieldProblem] = []
    """The fields at fault, if any."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How errors of one class are answered."""

    status: int
    title: str
    remedy: str


KINDS: dict[type[AtlasError], Kind] = {
    InvalidInput: Kind(422, "Invalid request", "Change what `errors` or `detail` names, and send it again."),
    NotFound: Kind(404, "Not found", "Check the identifier; the listings tell what there is."),
    Gone: Kind(410, "Taken down", "This was removed on request and will not come back."),
    Conflict: Kind(409, "Not possible now", "Look at the state of the thing, and try again when it allows this."),
    NotPermitted: Kind(403, "Not permitted", "Ask whoever runs this gateway."),
    NotSignedIn: Kind(401, "Token needed", "Send `Authorization: Bearer` with the gateway's token."),
    Unavailable: Kind(503, "A part does not answer", "Try again after the seconds that Retry-After names."),
    BrokenInvariant: Kind(500, "A defect", "Report this with the X-Request-Id of the answer."),
}

DOCUMENTED: dict[int | str, dict[str, Any]] = {
    "default": {"model": Problem, "description": "A problem, as `application/problem+json`"}
}


def answer_with_problems(app: FastAPI) -> None:
    """Turn every error that a route raises on purpose into a problem."""
    app.add_exception_handler(AtlasError, _domain_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)


async def _domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AtlasError)  # noqa: S101 - what this handler is registered for
    return problem_of(request, error)


def problem_of(request: Request, error: AtlasError) -> Response:
    """The answer to a request that ended in an error which was raised on purpose."""
    kind = next(KINDS[cls] for cls in type(error).__mro__ if cls in KINDS)
    field = getattr(error, "field", None)
    errors = [FieldProblem(field=field, detail=str(error))] if field else []
    return _answer(request, kind, str(error), error.reason, errors)


async def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    errors = fields_at_fault(error)
    detail = "; ".join(f"{one.field}: {one.detail}" for one in errors)
    return _answer(request, KINDS[InvalidInput], detail, InvalidInput.reason, errors)


async def _http_error(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: unknown paths, methods, bodies that are too large."""
    assert isinstance(error, HTTPException)  # noqa: S101
    remedies = {
        404: "See /v1/openapi.json for the paths there are.",
        405: "Use one of the methods that the header Allow names.",
        413: "Send a smaller body.",
        503: KINDS[Unavailable].remedy,
    }
    title = HTTPStatus(error.status_code).phrase
    detail = f"there is nothing at {request.url.path}" if error.status_code == 404 else str(error.detail)
    kind = Kind(error.status_code, title, remedies.get(error.status_code, "Change the request."))
    answer = _answer(request, kind, detail, f"http_{error.status_code}", [])
    answer.headers.update(error.headers or {})
    return answer


def defect(request: Request, request_id: str) -> Response:
    """The answer to a request that failed for no reason of its own."""
    return _answer(request, KINDS[BrokenInvariant], f"the gateway failed to answer request {request_id}", "defect", [])


def _answer(request: Request, kind: Kind, detail: str, reason: str, errors: list[FieldProblem]) -> Response:
    problem = Problem(
        type=f"urn:sticker-atlas:{reason}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        reason=reason,
        remedy=kind.remedy,
        errors=errors,
    )
    headers = {503: {"Retry-After": str(RETRY_AFTER_SECONDS)}, 401: {"WWW-Authenticate": "Bearer"}}
    if _wants_page(request):
        answer = render(request, "problem.html", kind.status, problem=problem)
    else:
        answer = JSONResponse(problem.model_dump(), kind.status, media_type=MEDIA_TYPE)
    answer.headers.update(headers.get(kind.status, {}))
    return answer


def _wants_page(request: Request) -> bool:
    """People who look at the gallery get a page; programs, and whoever calls the API, get JSON."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1")
