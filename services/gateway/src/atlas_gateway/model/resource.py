"""What every resource shares."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints

Item = TypeVar("Item")

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Resource(BaseModel):
    """A value that never changes; its attribute docstrings are its documentation in OpenAPI."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, extra="forbid")


class Page(Resource, Generic[Item]):
    """One page of a listing."""

    items: list[Item]
    next_cursor: str | None = None
    """Pass as `cursor` to get the next page; null on the last page."""
