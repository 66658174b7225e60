"""Where stickers come from. A new source is one file in this folder and one line in `SOURCES`."""

from collections.abc import Mapping

from atlas_crawler.sources.archive import Archive
from atlas_crawler.sources.folder import Folder
from atlas_crawler.sources.source import Source
from atlas_crawler.sources.urls import UrlList
from atlas_crawler.sources.webpages import WebPages

SOURCES: Mapping[str, Source] = {
    "web": WebPages(),
    "urls": UrlList(),
    "folder": Folder(),
    "archive": Archive(),
}
