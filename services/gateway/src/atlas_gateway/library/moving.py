"""Which stickers are animated: table `images`."""

import asyncio
from collections.abc import Iterable

from atlas_common.tables import Table, one_of

ANIMATED = "frames > 1"


class Moving:
    """Tells animated stickers from stills."""

    def __init__(self, images: Table) -> None:
        self._images = images

    async def among(self, sha256s: Iterable[str]) -> frozenset[str]:
        """The animated ones of a page of stickers."""
        page = list(sha256s)
        if not page:
            return frozenset()
        rows = await asyncio.to_thread(self._images.read, ["sha256"], f"{ANIMATED} AND {one_of('sha256', page)}")
        return frozenset(rows["sha256"].to_pylist())

    def within(self, sha256s: frozenset[str]) -> frozenset[str]:
        """The animated ones of very many stickers, in one pass. Blocks."""
        batches = self._images.batches(["sha256"], ANIMATED, rows=8192)
        return frozenset(one for batch in batches for one in batch["sha256"].to_pylist() if one in sha256s)
