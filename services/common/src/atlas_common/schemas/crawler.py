"""The tables that the crawler writes."""

import pyarrow as pa

from atlas_common.schemas.spec import JSON, TEXT, TIME, table

CRAWLS = table(
    "crawls",
    ("crawl_id", "changed_at"),  # every change of state is a row; the newest row of a crawl holds
    crawl_id=TEXT,
    changed_at=TIME,
    source=JSON,
    state=TEXT,
    started_at=TIME,
    detail=TEXT,
)

LINKS = table(
    "links",  # what a crawl has accepted; what has neither a sighting nor a failure is still to be done
    ("crawl_id", "url"),
    crawl_id=TEXT,
    url=TEXT,
    kind=TEXT,  # page or image
    page_url=TEXT,
    title=TEXT,
    author=TEXT,
    depth=pa.int32(),
    found_at=TIME,
)

IMAGES = table(
    "images",
    ("sha256",),
    sha256=TEXT,
    bytes=pa.int64(),
    format=TEXT,
    width=pa.int32(),
    height=pa.int32(),
    frames=pa.int32(),
    alpha=pa.bool_(),
    crawl_id=TEXT,  # the sighting that brought it first; every other one is a duplicate
    url=TEXT,
    stored_at=TIME,
)

SIGHTINGS = table(
    "sightings",  # an image at an address; without sha256, a page that was read
    ("crawl_id", "url"),
    crawl_id=TEXT,
    url=TEXT,
    sha256=TEXT,
    duplicate=pa.bool_(),  # the image was known before this sighting
    page_url=TEXT,
    title=TEXT,
    author=TEXT,
    etag=TEXT,
    last_modified=TEXT,
    seen_at=TIME,
)

FAILURES_CRAWL = table(
    "failures_crawl",
    ("crawl_id", "url", "attempt"),
    crawl_id=TEXT,
    url=TEXT,
    attempt=pa.int32(),
    kind=TEXT,
    reason=TEXT,
    detail=TEXT,
    failed_at=TIME,
)
