"""How nats-py says that a server failed, in the terms of this project."""

from collections.abc import Iterator
from contextlib import contextmanager

from nats.errors import Error as NatsError

from atlas_common.errors import Unavailable


@contextmanager
def queue_errors(action: str) -> Iterator[None]:
    """Raises `Unavailable`, which names the action that the queue does not do, for whatever goes wrong with it."""
    try:
        yield
    except (NatsError, OSError) as error:
        raise Unavailable(f"the queue does not {action}: {error or type(error).__name__}") from error
