"""Free ports: the usual ones where nobody has them, so that two clones can run at once."""

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType


class Ports:
    """Ports claimed until the context is left.

    A claim holds a lock file from the choice until the end, because the part that will listen there starts later and
    another installation may be choosing just now.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path(tempfile.gettempdir()) / f"sticker-atlas-ports-{os.getuid()}"
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._locks = ExitStack()

    def __enter__(self) -> "Ports":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._locks.close()

    def claim(self, usual: int) -> int:
        """`usual` if it is free, else any other free port."""
        for port in _candidates(usual):
            if self._lock(port) and _is_free(port):
                return port
        raise AssertionError("the candidates never end")

    def _lock(self, port: int) -> bool:
        lock = (self._folder / str(port)).open("w")
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._locks.enter_context(lock)
            return True
        lock.close()
        return False


def _candidates(usual: int) -> Iterator[int]:
    yield usual
    while True:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port: int = listener.getsockname()[1]
        yield port


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
