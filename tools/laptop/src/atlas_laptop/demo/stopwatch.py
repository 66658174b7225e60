"""Seconds by stage."""

import time


class Stopwatch:
    """Starts when it is made."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.monotonic()

    def lap(self, stage: str) -> None:
        """Books the time since the last lap on `stage`."""
        now = time.monotonic()
        self.seconds[stage] = now - self._since
        self._since = now
