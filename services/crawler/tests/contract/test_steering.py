"""Crawls that stop and go on, with a real queue and a real store."""

import grpc
import nats as nats_client
import pytest
from atlas.crawler.v1 import crawler_pb2 as pb
from atlas_common.queue import CRAWL, Queue
from atlas_common.settings import QueueSettings

from ..pictures import picture
from .conftest import LANES, Crawler, Site, failures

pytestmark = pytest.mark.contract


async def test_failures_can_be_retried_by_reason(crawler: Crawler, site: Site) -> None:
    site.files |= {"/": b'<img src="/late.png"><img src="/text.png">', "/text.png": b"text"}
    crawl = await crawler.crawl("web", site.url)
    assert failures(crawl) == {"http_404": 1, "not_an_image": 1}
    site.files |= {"/late.png": picture(1), "/text.png": picture(2)}
    await crawler.stub.RetryFailures(pb.RetryFailuresRequest(crawl_id=crawl.crawl_id, reasons=["http_404"]))
    crawl = await crawler.end(crawl.crawl_id)
    assert (crawl.progress.stored, failures(crawl)) == (1, {"not_an_image": 1})


async def test_a_paused_crawl_rests_and_a_resumed_one_ends_complete(crawler: Crawler, site: Site) -> None:
    site.files["/"] = b"".join(b'<img src="/%d.png">' % n for n in range(60))
    site.files |= {f"/{n}.png": picture(n) for n in range(60)}
    site.opened.clear()
    crawl_id = await crawler.start("web", site.url)
    paused = await crawler.stub.PauseCrawl(pb.PauseCrawlRequest(crawl_id=crawl_id))
    assert paused.state == pb.CRAWL_STATE_PAUSED
    resumed = await crawler.stub.ResumeCrawl(pb.ResumeCrawlRequest(crawl_id=crawl_id))
    assert resumed.state == pb.CRAWL_STATE_RUNNING
    site.opened.set()
    crawl = await crawler.end(crawl_id)
    assert (crawl.progress.found, crawl.progress.stored) == (60, 60)


async def test_a_cancelled_crawl_stays_so(crawler: Crawler, site: Site) -> None:
    site.opened.clear()
    crawl_id = await crawler.start("web", site.url)
    cancelled = await crawler.stub.CancelCrawl(pb.CancelCrawlRequest(crawl_id=crawl_id))
    assert cancelled.state == pb.CRAWL_STATE_CANCELLED
    site.opened.set()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await crawler.stub.ResumeCrawl(pb.ResumeCrawlRequest(crawl_id=crawl_id))
    assert "it can't become running" in str(caught.value.details())


async def test_work_that_the_queue_has_lost_is_queued_again(crawler: Crawler, site: Site, nats: QueueSettings) -> None:
    site.files["/"] = b"".join(b'<img src="/%d.png">' % n for n in range(100))
    site.files |= {f"/{n}.png": picture(n) for n in range(100)}
    crawl_id = await crawler.start("web", site.url)
    client = await nats_client.connect(nats.url, token=nats.token.get_secret_value())
    await client.jetstream().purge_stream("CRAWL")
    await client.close()
    crawl = await crawler.end(crawl_id)
    assert (crawl.progress.found, crawl.progress.stored) == (100, 100)


async def test_messages_that_are_no_jobs_hold_nothing_up(crawler: Crawler, site: Site, nats: QueueSettings) -> None:
    queue = await Queue.connect(nats, "test")
    for lane in range(LANES):
        await queue.publish(f"crawl.page.{lane}.none", b"{}")
    site.files |= {"/": b'<img src="/a.png">', "/a.png": picture(1)}
    crawl = await crawler.crawl("web", site.url)
    assert crawl.progress.stored == 1
    assert await queue.left(CRAWL, "crawl.>") == 0
    await queue.close()
