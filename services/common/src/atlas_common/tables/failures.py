"""How Lance says that the store failed, in the terms of this project."""

from collections.abc import Iterator
from contextlib import contextmanager

from atlas_common.errors import Unavailable


def require_missing(error: ValueError) -> None:
    """Lance says with one exception that a table is missing and that the store failed; let only the first pass."""
    if "was not found" not in str(error):
        raise OSError(str(error)) from error


class store_errors:  # noqa: N801 - reads as a statement: with store_errors(name)
    """Lance reports a store that fails as OSError; callers know `Unavailable`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, OSError):
            raise Unavailable(f"table {self.name}: {error}") from error


@contextmanager
def left_to_others() -> Iterator[None]:
    """End quietly where another process has changed the same files at the same moment."""
    try:
        yield
    except OSError as error:
        if "commit conflict" not in str(error):
            raise
