"""Whether work is still wanted: its crawl runs, and nobody has had its link, or what was found there, taken down."""

from atlas_crawler.model.crawls import CrawlState
from atlas_crawler.model.links import Task
from atlas_crawler.ports import Crawls, Takedowns


class Wanted:
    def __init__(self, crawls: Crawls, takedowns: Takedowns) -> None:
        self._crawls = crawls
        self._takedowns = takedowns

    async def crawl(self, crawl_id: str) -> bool:
        """Whether the crawl runs. Raises `NotFound`."""
        return (await self._crawls.recent(crawl_id)).state is CrawlState.RUNNING

    def check(self, task: Task) -> None:
        """Raises `LinkFailed` for a link that was taken down, or leads to what was, or whose image was."""
        self._takedowns.check_link(task)
        if task.known:
            self._takedowns.check_image(task.known.sha256)
