"""Pictures that come in a request: the body itself, or the first file of a form."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from atlas_common.errors import InvalidInput
from fastapi import Request
from starlette.datastructures import UploadFile


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture's bytes, and what its sender called it."""

    content: bytes
    name: str


class InvalidUpload(InvalidInput):
    reason = "no_picture_sent"
    field = "file"


@contextmanager
def judged() -> Iterator[None]:
    """Names the field when a service refuses the picture that it is given. Raises `InvalidUpload`."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidUpload(str(error), reason=error.reason) from error


BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The picture as the body, or as field `file` of a form",
        "content": {
            "image/*": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


async def uploaded(request: Request) -> Upload:
    """The picture in a request. Raises `InvalidUpload`."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=0) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise InvalidUpload("the form has no file in a field named `file`")
            upload = Upload(await file.read(), file.filename or "")
    else:
        upload = Upload(await request.body(), "")
    if not upload.content:
        raise InvalidUpload("the request holds no picture")
    return upload
