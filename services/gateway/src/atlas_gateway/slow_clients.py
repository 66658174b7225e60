"""Clients that take for ever to send a request: each holds a connection, and anybody may open many."""

from asyncio import TimerHandle, Transport

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

LONGEST_SECONDS = {h11.IDLE: 20.0, h11.SEND_BODY: 300.0}
"""How long a client may be about to send a request, and its body; uvicorn waits without end."""


class Timely(H11Protocol):
    """Closes connections whose client takes longer. The answer may take as long as it likes."""

    _state: object = None
    _limit: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._follow()

    def handle_events(self) -> None:
        super().handle_events()
        self._follow()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._end_limit()

    def _follow(self) -> None:
        """Limit the time that the client's present state may last."""
        state = self.conn.their_state
        if state is not self._state:
            self._state = state
            self._end_limit()
            if seconds := LONGEST_SECONDS.get(state):
                self._limit = self.loop.call_later(seconds, self.transport.close)

    def _end_limit(self) -> None:
        if self._limit:
            self._limit.cancel()
