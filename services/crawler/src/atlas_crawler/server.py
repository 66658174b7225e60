"""The composition root: makes every part and hands the service over to be served."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial

from atlas.crawler.v1.crawler_pb2_grpc import add_CrawlerServiceServicer_to_server
from atlas_common.backing import Backing, BackingSettings
from atlas_common.held import HeldBytes
from atlas_common.loops import every
from atlas_common.schemas import CRAWLS, FAILURES_CRAWL, IMAGES, LINKS, SIGHTINGS
from atlas_common.serve import Service, serve
from atlas_common.store import ObjectStore
from atlas_common.tables import Tables, Upkeep

from atlas_crawler.accept_links import AcceptLinks
from atlas_crawler.crawl_log import CrawlLog
from atlas_crawler.crawls import ManageCrawls
from atlas_crawler.fetch_images import FetchImages
from atlas_crawler.files import Folders
from atlas_crawler.keep_image import KeepImage
from atlas_crawler.lanes import Lanes
from atlas_crawler.ledger import LanceLedger
from atlas_crawler.model.links import LinkKind
from atlas_crawler.other_buckets import OtherBuckets
from atlas_crawler.oversee import Oversee
from atlas_crawler.pictures.inspecting import PictureInspector
from atlas_crawler.reaching import ImageReach, PageReach
from atlas_crawler.read_pages import ReadPages
from atlas_crawler.results import RecordedResults
from atlas_crawler.servicer import CrawlerServicer
from atlas_crawler.settings import (
    CrawlerSettings,
    FetchSettings,
    LimitSettings,
    OtherStoreSettings,
    PictureSettings,
    ZhihuSettings,
)
from atlas_crawler.settle import Settle
from atlas_crawler.sources import sources
from atlas_crawler.store_upload import StoreUpload
from atlas_crawler.take_found import TakeFound
from atlas_crawler.takedowns import LanceTakedowns
from atlas_crawler.wanted import Wanted
from atlas_crawler.watching import WatchProgress
from atlas_crawler.web.client import WebClient, open_session
from atlas_crawler.web.courteous import CourteousClient
from atlas_crawler.web.pacing import Pacing
from atlas_crawler.web.robots import Robots
from atlas_crawler.work_queue import JobQueue
from atlas_crawler.workers import Handler, Workers

TAKEDOWN_SECONDS = 5
DAY = 24 * 3600.0
OWN_TABLES = (CRAWLS, LINKS, IMAGES, SIGHTINGS, FAILURES_CRAWL)
NAME = "atlas.crawler.v1.CrawlerService"


@dataclass(frozen=True, slots=True)
class Settings(BackingSettings):
    """Everything that the service reads from its environment."""

    service: CrawlerSettings = field(default_factory=CrawlerSettings)
    fetch: FetchSettings = field(default_factory=FetchSettings)
    pictures: PictureSettings = field(default_factory=PictureSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    zhihu: ZhihuSettings = field(default_factory=ZhihuSettings)
    other_store: OtherStoreSettings = field(default_factory=OtherStoreSettings)


async def run(settings: Settings) -> None:
    await serve(partial(compose, settings), settings.service)


async def compose(settings: Settings, stack: AsyncExitStack) -> Service:
    """Connect every part; `stack` closes them in the end."""
    backing = await Backing.connect(settings, "crawler", stack)
    store, tables, queue = backing.objects, backing.tables, backing.queue
    await asyncio.to_thread(tables.probe)
    web = await stack.enter_async_context(open_session(settings.fetch))
    inspector = PictureInspector(settings.pictures)
    stack.push_async_callback(inspector.close)

    lanes = Lanes.of(settings.service)
    ledger, crawls, takedowns = await asyncio.to_thread(_open, tables, store)
    await takedowns.follow()  # before anything is fetched
    jobs = JobQueue(queue, lanes)
    results = RecordedResults(ledger, queue, settings.service.commit_seconds)
    settle = Settle(results, jobs, settings.service.attempts)
    client = WebClient(web)
    pacing = Pacing(await queue.notes("hosts", DAY), least=settings.service.host_delay_seconds)
    courteous = CourteousClient(client, Robots(client), pacing, settings.fetch.redirects)
    buckets = OtherBuckets(settings.other_store)
    folders = Folders(settings.fetch.folders)
    images = ImageReach(courteous, folders, buckets, settings.fetch.image_bytes)
    pages = partial(PageReach, courteous, folders, settings.fetch, asyncio.Semaphore(settings.fetch.downloads))
    held = HeldBytes(settings.fetch.flight_bytes)
    known = sources(settings.zhihu, buckets)
    wanted = Wanted(crawls, takedowns)
    keep = KeepImage(inspector, store, takedowns)
    accept = AcceptLinks(ledger, jobs)
    handlers: dict[LinkKind, Handler] = {
        LinkKind.IMAGE: FetchImages(wanted, images, held, keep, settle),
        LinkKind.PAGE: ReadPages(crawls, wanted, known, pages, held, TakeFound(accept, keep, settle), settle),
    }
    workers = Workers(queue, lanes, handlers, settle, settings.service.jobs)
    servicer = CrawlerServicer(
        ManageCrawls(crawls, ledger, accept, known),
        WatchProgress(ledger),
        StoreUpload(keep, results, ledger, settings.fetch.image_bytes),
        settings.limits,
    )
    oversee = Oversee(crawls, ledger, jobs)
    return Service(
        register=partial(add_CrawlerServiceServicer_to_server, servicer),
        names=(NAME,),
        ready=queue.answers,
        background=(
            workers.run,
            pacing.follow,
            partial(every, settings.service.oversee_seconds, oversee),
            partial(every, TAKEDOWN_SECONDS, takedowns.follow),
            Upkeep(tables, OWN_TABLES, settings.tables).run,
        ),
    )


def _open(tables: Tables, store: ObjectStore) -> tuple[LanceLedger, CrawlLog, LanceTakedowns]:
    return LanceLedger(tables), CrawlLog(tables), LanceTakedowns(tables, store)
