"""The tables: what each row says, which columns name it, and which service writes it.

A table has one writing service and any number of readers. Rows are inserted by key: inserting one twice leaves one.
"""

from atlas_common.schemas.clustering import ASSIGNMENTS, CLUSTERS, RUNS, TRANSFORMS
from atlas_common.schemas.crawler import CRAWLS, FAILURES_CRAWL, IMAGES, LINKS, SIGHTINGS
from atlas_common.schemas.embedding import FAILURES_EMBED, FEATURES, MODELS, features, searched_output
from atlas_common.schemas.gateway import CURATION, TAKEDOWNS
from atlas_common.schemas.spec import TableSpec

__all__ = [
    "ASSIGNMENTS",
    "CLUSTERS",
    "CRAWLS",
    "CURATION",
    "FAILURES_CRAWL",
    "FAILURES_EMBED",
    "FEATURES",
    "IMAGES",
    "LINKS",
    "MODELS",
    "RUNS",
    "SIGHTINGS",
    "TAKEDOWNS",
    "TRANSFORMS",
    "TableSpec",
    "features",
    "searched_output",
]
