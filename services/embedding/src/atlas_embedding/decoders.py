"""Decodes on several processes."""

import asyncio
from collections import deque
from contextlib import AsyncExitStack
from typing import Self

from atlas_embedding.decoder_process import AT_ONCE, DecoderProcess
from atlas_embedding.model import Picture
from atlas_embedding.settings import PictureSettings
from atlas_embedding.waiting import tell, working


class Decoders:
    """As many processes as the settings say; further pictures wait for a free one. Use it as a context manager."""

    def __init__(self, settings: PictureSettings) -> None:
        self._settings = settings
        self._waiting: asyncio.Queue[tuple[bytes, asyncio.Future[Picture]]] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            started = [
                await stack.enter_async_context(DecoderProcess(self._settings)) for _ in range(self._settings.workers)
            ]
            await stack.enter_async_context(working([self._work(process) for process in started]))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def decode(self, content: bytes) -> Picture:
        picture: asyncio.Future[Picture] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((content, picture))
        return await picture

    async def _work(self, process: DecoderProcess) -> None:
        asked: deque[asyncio.Future[Picture]] = deque()
        while True:
            while not asked or (len(asked) < AT_ONCE and not self._waiting.empty()):
                content, picture = await self._waiting.get()
                process.ask(content)
                asked.append(picture)
            try:
                outcome: Picture | Exception = await process.answer()
            except Exception as error:
                outcome = error
            tell(asked.popleft(), outcome)
