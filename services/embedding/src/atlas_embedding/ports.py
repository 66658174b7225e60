"""What the use cases ask of the outside."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from atlas_common.held import Room

from atlas_embedding.model import Embedded, Failure, Frames, Picture, Vectors


class Objects(Protocol):
    """The bucket. Raises `NotFound` and `Unavailable`."""

    async def get(self, key: str, room: Room | None = ...) -> bytes: ...
    async def put(self, key: str, content: bytes, content_type: str = ...) -> None: ...


class Decoder(Protocol):
    async def decode(self, content: bytes) -> Picture:
        """Raises `InvalidInput` for what no picture can be made of."""


class FeatureNetwork(Protocol):
    async def features(self, frames: Frames) -> Sequence[Vectors]:
        """Vectors of each frame. Raises `Unavailable` when the network does not answer."""


class Records(Protocol):
    """The tables. Raises `Unavailable`."""

    async def add(self, rows: Sequence[Embedded]) -> None: ...
    async def add_failures(self, failures: Sequence[Failure]) -> None: ...


class Counts(Protocol):
    async def embedded(self) -> int: ...
    async def failures(self) -> dict[str, int]:
        """How many failures there are, by reason."""


class Failures(Protocol):
    async def forget(self, reasons: Sequence[str]) -> list[str]:
        """Ids of the pictures that failed for one of the reasons, or for any; their failures are gone."""


class Job(Protocol):
    """A message of the queue: a sticker to embed."""

    data: bytes
    attempt: int

    async def done(self) -> None: ...
    async def again(self, delay: float = 0) -> None: ...
    async def never(self) -> None: ...
    async def still_busy(self) -> None: ...


class Jobs(Protocol):
    async def take(self, count: int, wait: float = ...) -> Sequence[Job]: ...


class Events(Protocol):
    async def publish(self, subject: str, data: bytes) -> None: ...


class Undone(Protocol):
    def undone(self, stored_before: datetime) -> Iterator[list[str]]:
        """Ids of pictures stored before then that have neither features nor a failure, in bounded lists. Blocks."""

    async def embedded(self) -> int: ...
    async def note_complete(self) -> None:
        """Tell everyone that this model has every sticker, so that its features can be read instead of another's."""
