"""What stickers were seen with, as the crawler recorded it."""

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from atlas_common.schemas import SIGHTINGS
from atlas_common.tables import Tables

ROWS = 8_192


class LanceSightings:
    """The table `sightings`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def seen(self) -> Iterator[tuple[str, str]]:
        """Stickers, each with its caption and the end of the path of the page that showed it."""
        table = self._tables.open(SIGHTINGS)
        for batch in table.batches(["sha256", "title", "page_url"], "sha256 IS NOT NULL", rows=ROWS):
            for row in batch.to_pylist():
                yield row["sha256"], f"{row['title'] or ''} {_end(row['page_url'] or '')}"


def _end(url: str) -> str:
    return unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
