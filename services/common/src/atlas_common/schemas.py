"""The tables: what each row says, which columns name it, and which service writes it.

A table has one writing service and any number of readers. Rows are inserted by key: inserting one twice leaves one.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table's name, its columns, the columns that together name a row, and the vectors that searches compare."""

    name: str
    key: tuple[str, ...]
    schema: pa.Schema
    searched: str | None = None


def _table(name: str, key: tuple[str, ...], /, **columns: pa.DataType) -> TableSpec:
    return TableSpec(name, key, pa.schema([pa.field(n, t, nullable=n not in key) for n, t in columns.items()]))


TEXT = pa.string()
TIME = pa.timestamp("us", tz="UTC")
JSON = pa.string()

# -- crawler

CRAWLS = _table(
    "crawls",
    ("crawl_id", "changed_at"),  # every change of state is a row; the newest row of a crawl holds
    crawl_id=TEXT,
    changed_at=TIME,
    source=JSON,
    state=TEXT,
    started_at=TIME,
    detail=TEXT,
)

LINKS = _table(
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

IMAGES = _table(
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

SIGHTINGS = _table(
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

FAILURES_CRAWL = _table(
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

# -- embedding

FAILURES_EMBED = _table(
    "failures_embed",
    ("model", "sha256"),
    model=TEXT,
    sha256=TEXT,
    reason=TEXT,
    detail=TEXT,
    attempts=pa.int32(),
    failed_at=TIME,
)

MODELS = _table(
    "models",  # models that have embedded every sticker
    ("model",),
    model=TEXT,
    complete_at=TIME,  # for the first time
)


FEATURES = "features_"
"""Tables of features are called so, with the name of their model behind it."""


def features(model: str, outputs: dict[str, int]) -> TableSpec:
    """Features of one model: a float32 vector a sticker for each of the model's outputs, `{name: dimensions}`.

    fingerprint: the first frame that is fed to the model, in grey at 32 x 32, on white and, if it is not
    opaque, on black; near duplicates are told by it.
    """
    vectors = {name: pa.list_(pa.float32(), dimensions) for name, dimensions in outputs.items()}
    table = _table(
        f"{FEATURES}{model}",
        ("sha256",),
        sha256=TEXT,
        frames=pa.int32(),
        fingerprint=pa.binary(),
        embedded_at=TIME,
        **vectors,
    )
    return replace(table, searched=searched_output(outputs))


def searched_output(outputs: Collection[str]) -> str | None:
    """The output that tells best what looks alike: the inner layers see the drawing through its caption."""
    return next((output for output in ("mixed8", "mixed7", "pool3") if output in outputs), None)


# -- clustering

RUNS = _table(
    "runs",
    ("run_id", "changed_at"),  # every change of state is a row; a run is published by the row that says so
    run_id=TEXT,
    changed_at=TIME,
    state=TEXT,
    spec=JSON,
    started_at=TIME,
    stage=TEXT,
    progress=pa.float64(),
    stickers=pa.int64(),
    outliers=pa.int64(),
    albums=pa.int32(),
    scores=JSON,
    report=JSON,  # recipe, curve of k, splits and merges: what explains the run
    detail=TEXT,
)

ASSIGNMENTS = _table(
    "assignments",
    ("run_id", "sha256"),
    run_id=TEXT,
    sha256=TEXT,
    album_id=TEXT,
    variant_id=TEXT,
    distance=pa.float32(),
    margin=pa.float32(),
    strength=pa.float32(),
    outlier=pa.bool_(),
    late=pa.bool_(),  # arrived after the run and was assigned to its centres
    x=pa.float32(),
    y=pa.float32(),
    copy_of=TEXT,  # a more typical near duplicate, which stands for this one where they are folded
    assigned_at=TIME,
)

CLUSTERS = _table(
    "clusters",
    ("run_id", "cluster_id"),
    run_id=TEXT,
    cluster_id=TEXT,
    parent_id=TEXT,  # the album that a variant belongs to; null for an album
    name=TEXT,
    size=pa.int64(),
    medoid=TEXT,
    inertia=pa.float64(),
    radius=pa.float32(),
    centre=pa.list_(pa.float32()),
)

TRANSFORMS = _table(
    "transforms",  # what brings features into the space of a run's centres
    ("run_id",),
    run_id=TEXT,
    content=pa.large_binary(),
    layout=pa.large_binary(),  # of the landmarks on its map
)

# -- gateway

CURATION = _table(
    "curation",
    ("decision_id",),
    decision_id=TEXT,
    kind=TEXT,  # name, merge, split, hide, pin, exclude; revoke takes an earlier decision back
    album_id=TEXT,
    arguments=JSON,  # name {name}, merge {albums}, split {groups}, pin and exclude {images}, revoke {decision_id}
    decided_at=TIME,
)

TAKEDOWNS = _table(
    "takedowns",
    ("kind", "value"),
    kind=TEXT,  # image, url or site
    value=TEXT,
    reason=TEXT,
    decided_at=TIME,
)
