"""Which fields of a request can't be taken, as its sender calls them."""

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel


class FieldProblem(BaseModel):
    """One field of the request that can't be taken."""

    field: str
    detail: str


def fields_at_fault(error: RequestValidationError) -> list[FieldProblem]:
    """Every field that the error names."""
    return [FieldProblem(field=_field(one, error.body), detail=_detail(one)) for one in error.errors()]


def _field(one: Mapping[str, Any], body: object) -> str:
    """`("body", "source", "kind")` is `source.kind`; `("query", "limit")` is `limit`."""
    where, *path = one["loc"]
    if one["type"] == "json_invalid":
        return str(where)
    if one["type"].startswith("union_tag_"):
        path = [*path, one["ctx"]["discriminator"].strip("'")]
    elif isinstance(body, dict) and len(path) > 1 and path[0] == body.get("kind"):
        path = path[1:]  # where the kind tells the model, pydantic names the kind first
    return ".".join(map(str, path or [where]))


def _detail(one: Mapping[str, Any]) -> str:
    if one["type"] == "json_invalid":
        return f"no JSON at character {one['loc'][1]}: {one['ctx']['error']}"
    if one["loc"] == ("body",) and isinstance(one.get("input"), bytes):
        return "this must be JSON: send it with `Content-Type: application/json`"
    return str(one["msg"]).removeprefix("Value error, ")
