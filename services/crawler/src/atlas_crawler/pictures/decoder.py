"""Decoders: processes that look at pictures, so that one that crashes or hangs takes nothing along."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from typing import Any

from atlas_common.logs import get_logger

from atlas_crawler.model.exceptions import LinkFailed
from atlas_crawler.model.outcomes import Picture
from atlas_crawler.pictures.pipe import LENGTH
from atlas_crawler.settings import PictureSettings

log = get_logger(__name__)


class Decoders:
    """A few decoding processes, started when first needed and started anew after a crash."""

    def __init__(self, settings: PictureSettings) -> None:
        self._idle: asyncio.LifoQueue[_Decoder] = asyncio.LifoQueue()
        for _ in range(settings.decoders):
            self._idle.put_nowait(_Decoder(settings))

    async def inspect(self, content: bytes) -> Picture:
        """Describe the picture. Raises `LinkFailed` when it can't be kept, or when decoding it crashes or hangs."""
        decoder = await self._idle.get()
        try:
            answer = await decoder.ask(content)
        finally:
            self._idle.put_nowait(decoder)
        if "reason" in answer:
            raise LinkFailed(answer["reason"], answer["detail"])
        return Picture(**answer)

    async def close(self) -> None:
        while not self._idle.empty():
            await self._idle.get_nowait().stop()


class _Decoder:
    def __init__(self, settings: PictureSettings) -> None:
        self._settings = settings
        self._process: Process | None = None

    async def ask(self, content: bytes) -> dict[str, Any]:
        process = self._process or await self._start()
        try:
            async with asyncio.timeout(self._settings.decode_seconds):
                return await _exchange(process, content)
        except TimeoutError:
            await self.stop()
            raise LinkFailed("decoder_timeout", "decoding takes too long") from None
        except (OSError, asyncio.IncompleteReadError):
            await self.stop()
            log.warning("decoder_crashed", bytes=len(content))
            raise LinkFailed("decoder_crashed", "the decoding process did not survive this picture") from None
        except asyncio.CancelledError:
            await self.stop()
            raise

    async def _start(self) -> Process:
        limits = (self._settings.max_pixels, self._settings.max_frames, self._settings.decoder_bytes)
        command = (sys.executable, "-m", "atlas_crawler.pictures.decoding", *map(str, limits))
        self._process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        return self._process

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()


async def _exchange(process: Process, content: bytes) -> dict[str, Any]:
    if process.stdin is None or process.stdout is None:
        raise OSError("the decoding process has no pipes")
    process.stdin.write(LENGTH.pack(len(content)))
    process.stdin.write(content)
    await process.stdin.drain()
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    answer: dict[str, Any] = json.loads(await process.stdout.readexactly(length))
    return answer
