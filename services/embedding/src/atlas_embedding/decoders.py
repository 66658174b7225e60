"""Decodes on several processes."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from atlas_embedding.decoder_process import DecoderProcess
from atlas_embedding.model import Picture
from atlas_embedding.settings import PictureSettings


class Decoders:
    """As many processes as the settings say; further pictures wait for a free one."""

    def __init__(self, settings: PictureSettings) -> None:
        self._threads = ThreadPoolExecutor(settings.workers, thread_name_prefix="decoder")
        self._idle: SimpleQueue[DecoderProcess] = SimpleQueue()
        for _ in range(settings.workers):
            self._idle.put(DecoderProcess(settings))

    async def decode(self, content: bytes) -> Picture:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._decode, content)

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        while not self._idle.empty():
            self._idle.get().close()

    def _decode(self, content: bytes) -> Picture:
        process = self._idle.get()
        try:
            return process.prepare(content)
        finally:
            self._idle.put(process)
