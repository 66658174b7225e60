"""Where stickers come from. A new source is one file in this folder and one line in `sources`."""

from collections.abc import Mapping

from atlas_crawler.settings import ZhihuSettings
from atlas_crawler.sources.archive import Archive
from atlas_crawler.sources.folder import Folder
from atlas_crawler.sources.objects import Lister, Objects
from atlas_crawler.sources.saved import SavedPages
from atlas_crawler.sources.sitemap import Sitemap
from atlas_crawler.sources.source import Source
from atlas_crawler.sources.urls import UrlList
from atlas_crawler.sources.webdataset import WebDataset
from atlas_crawler.sources.webpages import WebPages
from atlas_crawler.sources.zhihu import Zhihu


def sources(zhihu: ZhihuSettings, lister: Lister) -> Mapping[str, Source]:
    """Every source under the name that crawls ask for it by."""
    return {
        "archive": Archive(),
        "folder": Folder(),
        "s3": Objects(lister),
        "saved": SavedPages(),
        "sitemap": Sitemap(),
        "urls": UrlList(),
        "web": WebPages(),
        "webdataset": WebDataset(),
        "zhihu": Zhihu(zhihu),
    }
