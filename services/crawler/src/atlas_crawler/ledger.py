"""The crawler's tables: which links were accepted, and how each of them ended."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
from atlas_common.schemas import FAILURES_CRAWL, IMAGES, LINKS, SIGHTINGS
from atlas_common.tables import Tables, equal, one_of

from atlas_crawler.model.crawls import Crawl, Progress
from atlas_crawler.model.links import Accepted, Known, Link, LinkKind, Validators
from atlas_crawler.model.outcomes import Failed, Outcome, Stored
from atlas_crawler.rows import failure_row, image_row, sighting_row

ACCEPTED = ["url", "kind", "page_url", "title", "author", "depth"]


class LanceLedger:
    """A link that is in `links` but in neither `sightings` nor `failures_crawl` is still to be done."""

    def __init__(self, tables: Tables) -> None:
        self._links = tables.open(LINKS)
        self._images = tables.open(IMAGES)
        self._sightings = tables.open(SIGHTINGS)
        self._failures = tables.open(FAILURES_CRAWL)

    async def accept(self, crawl: Crawl, links: Iterable[Link]) -> Accepted:
        """Record the links that the crawl does not know yet and that its limits allow."""
        return await asyncio.to_thread(self._accept, crawl, list(links))

    async def known(self, links: Iterable[Link]) -> dict[str, Known]:
        """What earlier crawls found at these links, where the server gave something to ask by."""
        return await asyncio.to_thread(self._known, [link.url for link in links if link.kind is LinkKind.IMAGE])

    async def record(self, outcomes: Sequence[Outcome]) -> list[str]:
        """Record how links ended; return the ids of images that these sightings brought first."""
        return await asyncio.to_thread(self._record, outcomes)

    async def progress(self, crawl_id: str) -> Progress:
        return await asyncio.to_thread(self._progress, crawl_id)

    async def open_links(self, crawl_id: str) -> list[Link]:
        """The links of the crawl that have not ended."""
        return await asyncio.to_thread(lambda: list(self._open_links(crawl_id)))

    async def page_failure(self, crawl_id: str) -> str:
        """Why a page of the crawl failed."""
        where = equal(crawl_id=crawl_id, kind=LinkKind.PAGE.value)
        rows = await asyncio.to_thread(self._failures.read, ["reason", "detail"], where)
        return next((f"{row['reason']}: {row['detail']}" for row in rows.to_pylist()), "")

    async def has_image(self, sha256: str) -> bool:
        return await asyncio.to_thread(self._images.count, equal(sha256=sha256)) > 0

    async def forget_failures(self, crawl_id: str, reasons: Sequence[str]) -> None:
        """Open failed links again: those that failed for one of the reasons, or all."""
        condition = equal(crawl_id=crawl_id) + (f" AND {one_of('reason', reasons)}" if reasons else "")
        await asyncio.to_thread(self._failures.delete, condition)

    def _accept(self, crawl: Crawl, links: list[Link]) -> Accepted:
        unique = {link.url: link for link in links}
        if not unique:
            return Accepted([], frozenset())
        here = equal(crawl_id=crawl.crawl_id)
        known = {*self._links.read(["url"], f"{here} AND {one_of('url', unique)}")["url"].to_pylist()}
        fresh = [link for url, link in unique.items() if url not in known]
        pages = [link for link in fresh if link.kind is LinkKind.PAGE]
        images = [link for link in fresh if link.kind is not LinkKind.PAGE]
        if pages:
            del pages[max(0, crawl.origin.limits.pages - self._links.count(f"{here} AND kind = 'page'")) :]
        if images:
            del images[max(0, crawl.origin.limits.images - self._links.count(f"{here} AND kind <> 'page'")) :]
        now = datetime.now(UTC)
        accepted = [*pages, *images]
        self._links.insert([asdict(link) | {"crawl_id": crawl.crawl_id, "found_at": now} for link in accepted])
        return Accepted(accepted, frozenset(link.url for link in fresh).difference(link.url for link in accepted))

    def _known(self, urls: list[str]) -> dict[str, Known]:
        if not urls or not self._sightings.count():
            return {}
        where = f"{one_of('url', urls)} AND sha256 IS NOT NULL AND (etag <> '' OR last_modified <> '')"
        rows = self._sightings.read(["url", "sha256", "etag", "last_modified"], where).to_pylist()
        return {row["url"]: Known(row["sha256"], Validators(row["etag"], row["last_modified"])) for row in rows}

    def _record(self, outcomes: Sequence[Outcome]) -> list[str]:
        now = datetime.now(UTC)
        first = self._insert_images([outcome for outcome in outcomes if isinstance(outcome, Stored)], now)
        rows = [sighting_row(outcome, first, now) for outcome in outcomes if not isinstance(outcome, Failed)]
        self._sightings.insert(rows)
        self._insert_failures([outcome for outcome in outcomes if isinstance(outcome, Failed)], now)
        return list({row["sha256"]: None for row in rows if row["sha256"] and not row["duplicate"]})

    def _insert_images(self, stored: Sequence[Stored], now: datetime) -> dict[str, tuple[str, str]]:
        """Insert the new ones; which sighting (crawl, url) brought each image first."""
        if not stored:
            return {}
        self._images.insert([image_row(outcome, now) for outcome in stored])
        wanted = one_of("sha256", {outcome.sha256 for outcome in stored})
        known = self._images.read(["sha256", "crawl_id", "url"], wanted).to_pylist()
        return {row["sha256"]: (row["crawl_id"], row["url"]) for row in known}

    def _insert_failures(self, failed: Sequence[Failed], now: datetime) -> None:
        """Insert failures, save for links that another replica has seen end well."""
        if failed:
            wanted = one_of("url", {outcome.link.url for outcome in failed})
            seen = {
                (row["crawl_id"], row["url"]) for row in self._sightings.read(["crawl_id", "url"], wanted).to_pylist()
            }
            late = [outcome for outcome in failed if (outcome.crawl_id, outcome.link.url) not in seen]
            self._failures.insert([failure_row(outcome, now) for outcome in late])

    def _progress(self, crawl_id: str) -> Progress:
        here = equal(crawl_id=crawl_id)
        failed = self._failures.read(["kind", "reason"], here)
        of_images = failed.filter(pc.not_equal(failed["kind"], LinkKind.PAGE.value))
        reasons = pc.value_counts(of_images["reason"]).to_pylist()
        return Progress(
            pages_found=self._links.count(f"{here} AND kind = 'page'"),
            pages_done=self._sightings.count(f"{here} AND sha256 IS NULL"),
            pages_failed=failed.num_rows - of_images.num_rows,
            found=self._links.count(f"{here} AND kind <> 'page'"),
            stored=self._sightings.count(f"{here} AND duplicate = false"),
            duplicate=self._sightings.count(f"{here} AND duplicate = true"),
            failures={reason["values"]: reason["counts"] for reason in reasons},
        )

    def _open_links(self, crawl_id: str) -> Iterator[Link]:
        here = equal(crawl_id=crawl_id)
        ended = pa.concat_tables([self._sightings.read(["url"], here), self._failures.read(["url"], here)])["url"]
        for batch in self._links.batches(ACCEPTED, here):
            rest = batch.filter(pc.invert(pc.is_in(batch["url"], ended)))
            for row in rest.to_pylist():
                yield Link(**row | {"kind": LinkKind(row["kind"])})
