"""Inspects pictures: whether they can be kept, and what they are."""

from atlas_crawler.model.outcomes import Picture
from atlas_crawler.pictures.containers import read_container
from atlas_crawler.pictures.decoder import Decoders
from atlas_crawler.pictures.limits import PictureLimits
from atlas_crawler.settings import PictureSettings

READ_HERE = 256 * 1024
"""Bytes whose container is read at once; however they are arranged, everything else waits for some 30 ms at most."""


class PictureInspector:
    """Small files of the usual formats are looked at here, without a decoder; all others in a process of their own."""

    def __init__(self, settings: PictureSettings) -> None:
        self._limits = PictureLimits(settings.max_pixels, settings.max_frames)
        self._decoders = Decoders(settings)

    async def inspect(self, content: bytes) -> Picture:
        """Describe the picture. Raises `LinkFailed` with the reason why it can't be kept."""
        read = read_container(content, self._limits) if len(content) <= READ_HERE else None
        return read or await self._decoders.inspect(content)

    async def close(self) -> None:
        await self._decoders.close()
