"""Counts at each stage, read from the tables, so that they hold whatever else is running."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from atlas_common.tables import Table, equal

from atlas_gateway.library.features import Features


@dataclass(frozen=True, slots=True)
class CrawlCounts:
    """found = stored + duplicate + failed + what is still queued."""

    found: int
    stored: int
    duplicate: int
    failed: dict[str, int]


@dataclass(frozen=True, slots=True)
class EmbedCounts:
    embedded: int
    failed: dict[str, int]


class Counts:
    """How many stickers have come how far."""

    def __init__(self, links: Table, sightings: Table, failures_crawl: Table, failures_embed: Table) -> None:
        self._links = links
        self._sightings = sightings
        self._failures_crawl = failures_crawl
        self._failures_embed = failures_embed

    async def crawling(self) -> CrawlCounts:
        found, stored, duplicate, failed = await asyncio.gather(
            asyncio.to_thread(self._links.count, "kind = 'image'"),
            asyncio.to_thread(self._sightings.count, "NOT duplicate"),
            asyncio.to_thread(self._sightings.count, "duplicate"),
            asyncio.to_thread(self._failed_links),
        )
        return CrawlCounts(found, stored, duplicate, failed)

    async def embedding(self, model: str, features: Features) -> EmbedCounts:
        embedded, failed = await asyncio.gather(features.count(model), asyncio.to_thread(self._failed_images, model))
        return EmbedCounts(embedded, failed)

    def _failed_links(self) -> dict[str, int]:
        """Image links by the reason of their last attempt, without those that a later attempt has stored."""
        columns = ["crawl_id", "url", "attempt", "reason"]
        last: dict[tuple[str, str], tuple[int, str]] = {}
        for batch in self._failures_crawl.batches(columns, "kind = 'image'"):
            for row in batch.to_pylist():
                link = row["crawl_id"], row["url"]
                last[link] = max(last.get(link, (0, "")), (row["attempt"], row["reason"]))
        if last:
            for batch in self._sightings.batches(["crawl_id", "url"]):
                for row in batch.to_pylist():
                    last.pop((row["crawl_id"], row["url"]), None)
        return dict(Counter(reason for _, reason in last.values()))

    def _failed_images(self, model: str) -> dict[str, int]:
        batches = self._failures_embed.batches(["reason"], equal(model=model))
        return dict(Counter(reason for batch in batches for reason in batch["reason"].to_pylist()))
