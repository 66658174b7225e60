"""Small facts that replicas share, changed by compare-and-swap: a JetStream key-value bucket."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from atlas_common.queue.failures import queue_errors


@dataclass(frozen=True, slots=True)
class Note:
    """What a key holds; `revision` 0 and no value where it holds nothing."""

    key: str
    value: bytes
    revision: int


class Notes:
    """Every method raises `Unavailable` when no server answers."""

    def __init__(self, bucket: KeyValue) -> None:
        self._bucket = bucket

    async def read(self, key: str) -> Note:
        with queue_errors(f"read {key}"):
            try:
                entry = await self._bucket.get(key)
            except KeyNotFoundError as error:
                return Note(key, b"", error.entry.revision or 0 if error.entry else 0)
        return Note(key, entry.value or b"", entry.revision or 0)

    async def change(self, note: Note, value: bytes) -> bool:
        """Write `value` unless somebody has changed the key since `note` was read; whether it was written."""
        with queue_errors(f"keep {note.key}"):
            try:
                await self._bucket.update(note.key, value, last=note.revision)
            except KeyWrongLastSequenceError:
                return False
        return True

    async def watch(self) -> AsyncIterator[Note]:
        """What the keys hold now, and every change from then on."""
        with queue_errors("tell of changes"):
            watcher = await self._bucket.watchall()
            try:
                while True:
                    entry = await watcher.updates(timeout=None)  # type: ignore[no-untyped-call]
                    if entry is not None:
                        yield Note(entry.key, entry.value or b"", entry.revision or 0)
            finally:
                await watcher.stop()  # type: ignore[no-untyped-call]
