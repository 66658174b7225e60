"""A process that decodes pictures one at a time, so that a decoder's crash or hang costs one picture.

Pictures go in over a pipe. Their frames come back in memory that both processes see, the rest over the pipe.
"""

import math
import signal
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import cv2
import numpy as np
from atlas_common.errors import InvalidInput
from atlas_common.memory import keep_freed_memory

from atlas_embedding.model import Frames, Picture
from atlas_embedding.pictures.prepare import prepare
from atlas_embedding.pictures.tensor import SIDE
from atlas_embedding.settings import PictureSettings

MOST_FRAMES = 3
SHAPE = (MOST_FRAMES, SIDE, SIDE, 3)


class DecoderProcess:
    """The caller's end. Methods block; one thread at a time may call them."""

    def __init__(self, settings: PictureSettings) -> None:
        self._settings = settings
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload([__name__])
        self._memory = self._context.RawArray("B", math.prod(SHAPE))
        self._frames = _as_frames(self._memory)
        self._start()

    def prepare(self, content: bytes) -> Picture:
        """As `prepare`. A picture that ends the process twice raises `InvalidInput` with the reason decoder_timeout or
        decoder_crashed; once may have been bad luck.
        """
        try:
            return self._ask(content)
        except (EOFError, OSError):
            self._restart()
        try:
            return self._ask(content)
        except (EOFError, OSError) as error:
            if self._restart() == -signal.SIGALRM:
                detail = f"decoding took more than {self._settings.seconds:g} s"
                raise InvalidInput(detail, reason="decoder_timeout") from error
            raise InvalidInput("the decoder crashed", reason="decoder_crashed") from error

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def close(self) -> None:
        """End the process, whatever it does."""
        self._pipe.close()
        self._process.kill()
        self._process.join()
        self._process.close()

    def _ask(self, content: bytes) -> Picture:
        self._pipe.send_bytes(content)
        answer = self._pipe.recv()
        if isinstance(answer, InvalidInput):
            raise answer
        count, fingerprint, thumbnail = answer
        return Picture(self._frames[:count].copy(), fingerprint, thumbnail)

    def _start(self) -> None:
        self._pipe, theirs = self._context.Pipe()
        arguments = (theirs, self._memory, self._settings)
        self._process = self._context.Process(target=_work, args=arguments, name="decoder", daemon=True)
        self._process.start()
        theirs.close()

    def _restart(self) -> int | None:
        """Start a fresh process; the exit code of the old one."""
        self._process.join(timeout=1)
        code = self._process.exitcode
        self.close()
        self._start()
        return code


def _work(pipe: Connection, memory: Any, settings: PictureSettings) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service decides when this process ends, by closing the pipe
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    cv2.setNumThreads(0)
    keep_freed_memory()
    frames = _as_frames(memory)
    while True:
        try:
            content = pipe.recv_bytes()
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_REAL, settings.seconds)  # ends even a decoder that never returns to Python
        try:
            picture = prepare(content, settings)
        except InvalidInput as error:
            answer: object = error
        else:
            count = len(picture.frames)
            frames[:count] = picture.frames
            answer = count, picture.fingerprint, picture.thumbnail
        signal.setitimer(signal.ITIMER_REAL, 0)
        pipe.send(answer)


def _as_frames(memory: Any) -> Frames:
    return np.frombuffer(memory, np.uint8).reshape(SHAPE)
