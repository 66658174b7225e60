"""What the crawler knows of stickers: how they look at a glance, and what they were seen with."""

from collections.abc import Iterator, Sequence
from urllib.parse import unquote, urlsplit

import numpy as np
from atlas_common.schemas import IMAGES, SIGHTINGS
from atlas_common.tables import Tables, one_of

from atlas_clustering.near_duplicates import SIDE, Fingerprints

ROWS = 8_192


class LanceSightings:
    """Tables `images` and `sightings`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def fingerprints(self, ids: Sequence[str]) -> Fingerprints:
        table = self._tables.open(IMAGES)
        found = table.read(["sha256", "fingerprint"], f"{one_of('sha256', ids)} AND fingerprint IS NOT NULL")
        prints = dict(zip(found["sha256"].to_pylist(), found["fingerprint"].to_pylist(), strict=True))
        none = bytes(SIDE * SIDE)
        return np.frombuffer(b"".join(prints.get(one, none) for one in ids), np.uint8).reshape(-1, SIDE, SIDE)

    def seen(self) -> Iterator[tuple[str, str]]:
        """Stickers, each with its caption and the end of the path of the page that showed it."""
        table = self._tables.open(SIGHTINGS)
        for batch in table.batches(["sha256", "title", "page_url"], "sha256 IS NOT NULL", rows=ROWS):
            for row in batch.to_pylist():
                yield row["sha256"], f"{row['title'] or ''} {_end(row['page_url'] or '')}"


def _end(url: str) -> str:
    return unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
