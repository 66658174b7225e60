"""A process that decodes pictures one after the other, so that a decoder's crash or hang costs one picture.

Pictures go in over a socket. Their frames come back in memory that both processes see, the rest over the socket.
"""

import asyncio
import math
import os
import pickle
import signal
from asyncio import StreamReader, StreamWriter
from collections import deque
from contextlib import suppress
from itertools import cycle
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from socket import AF_UNIX, socket
from struct import Struct
from typing import Any, Self

import cv2
import numpy as np
from atlas_common.errors import InvalidInput
from atlas_common.memory import keep_freed_memory

from atlas_embedding.model import Frames, Picture
from atlas_embedding.pictures.prepare import prepare
from atlas_embedding.pictures.tensor import SIDE
from atlas_embedding.settings import PictureSettings

AT_ONCE = 4
"""The next pictures are there when one is done; else the process would wait whenever the caller is busy."""
MOST_FRAMES = 3
SHAPE = (AT_ONCE, MOST_FRAMES, SIDE, SIDE, 3)
LENGTH = Struct("!I")
"""What precedes every message on the socket: its bytes."""


class DecoderProcess:
    """The caller's end of a process. Use it as a context manager.

    It is asked about `AT_ONCE` pictures at a time, and answers in their order.
    """

    def __init__(self, settings: PictureSettings) -> None:
        self._settings = settings
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload([__name__])
        self._memory = self._context.RawArray("B", math.prod(SHAPE))
        self._frames = _as_frames(self._memory)
        self._asked: deque[bytes] = deque()
        self._running: tuple[BaseProcess, StreamReader, StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        self._running = await self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    def ask(self, content: bytes) -> None:
        self._asked.append(content)
        if self._running:
            _send(self._running[2], content)

    async def answer(self) -> Picture:
        """As `prepare`. A picture that ends the process twice raises `InvalidInput` with the reason decoder_timeout or
        decoder_crashed; once may have been bad luck.
        """
        try:
            return await self._receive()
        except (EOFError, OSError):
            await self._end()
        try:
            return await self._receive()
        except (EOFError, OSError) as error:
            self._asked.popleft()
            if await self._end() == -signal.SIGALRM:
                detail = f"decoding took more than {self._settings.seconds:g} s"
                raise InvalidInput(detail, reason="decoder_timeout") from error
            raise InvalidInput("the decoder crashed", reason="decoder_crashed") from error

    async def _end(self) -> int | None:
        """End the process, whatever it does; its exit code, which says whether it had ended by itself."""
        if not self._running:
            return None
        process, _, writer = self._running
        self._running = None
        process.kill()
        writer.close()
        with suppress(OSError):  # says again that the process has ended
            await writer.wait_closed()
        process.join()
        code = process.exitcode
        process.close()
        return code

    async def _receive(self) -> Picture:
        if not self._running:
            self._running = await self._start()
            for content in self._asked:
                _send(self._running[2], content)
        _, reader, _ = self._running
        (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
        answer = pickle.loads(await reader.readexactly(length))  # noqa: S301 - from a process of our own
        self._asked.popleft()
        if isinstance(answer, InvalidInput):
            raise answer
        place, order, fingerprint, thumbnail = answer
        return Picture(self._frames[place, : 1 + max(order)].copy(), order, fingerprint, thumbnail)

    async def _start(self) -> tuple[BaseProcess, StreamReader, StreamWriter]:
        ours, theirs = self._context.Pipe()
        arguments = (theirs, self._memory, self._settings)
        process = self._context.Process(target=_work, args=arguments, name="decoder", daemon=True)
        with ours, theirs:
            process.start()
            peer = socket(AF_UNIX, fileno=os.dup(ours.fileno()))
        return process, *await asyncio.open_connection(sock=peer)


def _send(writer: StreamWriter, content: bytes) -> None:
    if not writer.is_closing():  # as it is when the process has ended, which whoever receives notices
        writer.writelines((LENGTH.pack(len(content)), content))


def _work(peer: Connection, memory: Any, settings: PictureSettings) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service decides when this process ends, by closing the socket
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    cv2.setNumThreads(0)
    keep_freed_memory()
    frames = _as_frames(memory)
    number = peer.fileno()
    with open(number, "rb", closefd=False) as asked, open(number, "wb", closefd=False) as answers:
        for place in cycle(range(AT_ONCE)):
            header = asked.read(LENGTH.size)
            if not header:
                return
            content = asked.read(*LENGTH.unpack(header))
            signal.setitimer(signal.ITIMER_REAL, settings.seconds)  # ends even a decoder that never returns to Python
            try:
                picture = prepare(content, settings, frames[place])
            except InvalidInput as error:
                answer = pickle.dumps(error)
            else:
                answer = pickle.dumps((place, picture.order, picture.fingerprint, picture.thumbnail))
            signal.setitimer(signal.ITIMER_REAL, 0)
            answers.write(LENGTH.pack(len(answer)) + answer)
            answers.flush()


def _as_frames(memory: Any) -> Frames:
    return np.frombuffer(memory, np.uint8).reshape(SHAPE)
