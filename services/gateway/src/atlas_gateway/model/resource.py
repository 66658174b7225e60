"""What every resource shares."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints

Item = TypeVar("Item")

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200)]
INT32, INT64 = 2**31 - 1, 2**63 - 1
"""The largest numbers that the services can be sent."""


class Resource(BaseModel):
    """A value that never changes; its attribute docstrings are its documentation in OpenAPI."""

    model_config = ConfigDict(
        frozen=True,
        use_attribute_docstrings=True,
        extra="forbid",
        str_max_length=2**31,  # without any limit, text that is no Unicode would pass
    )


class Page(Resource, Generic[Item]):
    """One page of a listing."""

    items: list[Item]
    next_cursor: str | None = None
    """Pass as `cursor` to get the next page; null on the last page."""
