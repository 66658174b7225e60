"""Requests that get no answer: a store that takes requests and never answers holds each for minutes."""

import asyncio

from atlas_common.errors import Unavailable
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from atlas_gateway.problems import problem_of


class AnswerLimit:
    """Says that a part does not answer where no answer has begun so many seconds after the request came in whole.

    How long an answer takes once it has begun is not limited.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def take() -> Message:
            limit.reschedule(None)  # the client's time is not ours
            message = await receive()
            if not begun:
                limit.reschedule(asyncio.get_running_loop().time() + self._seconds)
            return message

        async def answer(message: Message) -> None:
            nonlocal begun
            begun = True
            limit.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(self._seconds) as limit:
                await self._app(scope, take, answer)
        except TimeoutError:
            if begun or not limit.expired():
                raise
            late = Unavailable(f"there was no answer to give within {self._seconds:g} s")
            await problem_of(Request(scope), late)(scope, receive, send)
