"""All that the gateway reads and writes of the tables."""

from dataclasses import dataclass

from atlas_common import schemas
from atlas_common.tables import Tables

from atlas_gateway.library.counts import Counts
from atlas_gateway.library.curation import Curation
from atlas_gateway.library.failures import Failures
from atlas_gateway.library.features import Features
from atlas_gateway.library.members import Members
from atlas_gateway.library.moving import Moving
from atlas_gateway.library.published import Published, RunTables
from atlas_gateway.library.reports import Reports
from atlas_gateway.library.stickers import Stickers
from atlas_gateway.library.takedowns import Takedowns


@dataclass(frozen=True, slots=True)
class Library:
    """The tables, by what is asked of them."""

    stickers: Stickers
    moving: Moving
    members: Members
    features: Features
    failures: Failures
    counts: Counts
    reports: Reports
    curation: Curation
    takedowns: Takedowns
    published: Published


def open_library(tables: Tables) -> Library:
    """Open every table that the gateway uses, once. Blocks."""
    sightings = tables.open(schemas.SIGHTINGS)
    failures_crawl, failures_embed = tables.open(schemas.FAILURES_CRAWL), tables.open(schemas.FAILURES_EMBED)
    runs, assignments = tables.open(schemas.RUNS), tables.open(schemas.ASSIGNMENTS)
    images = tables.open(schemas.IMAGES)
    moving = Moving(images)
    curation = Curation(tables.open(schemas.CURATION))
    takedowns = Takedowns(tables.open(schemas.TAKEDOWNS), sightings)
    return Library(
        stickers=Stickers(images, sightings, assignments),
        moving=moving,
        members=Members(assignments, moving),
        features=Features(tables),
        failures=Failures(failures_crawl, failures_embed),
        counts=Counts(tables.open(schemas.LINKS), sightings, failures_crawl, failures_embed),
        reports=Reports(runs, assignments),
        curation=curation,
        takedowns=takedowns,
        published=Published(RunTables(runs, assignments, tables.open(schemas.CLUSTERS)), moving, curation, takedowns),
    )
