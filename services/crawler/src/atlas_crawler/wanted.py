"""Whether work is still wanted: its crawl runs, and nobody has had its link taken down."""

from atlas_crawler.model.crawls import CrawlState
from atlas_crawler.model.links import Link
from atlas_crawler.ports import Crawls, Takedowns


class Wanted:
    def __init__(self, crawls: Crawls, takedowns: Takedowns) -> None:
        self._crawls = crawls
        self._takedowns = takedowns

    async def crawl(self, crawl_id: str) -> bool:
        """Whether the crawl runs. Raises `NotFound`."""
        return (await self._crawls.recent(crawl_id)).state is CrawlState.RUNNING

    def check(self, link: Link) -> None:
        """Raises `LinkFailed` for a link that was taken down."""
        self._takedowns.check_link(link)
