"""The tables that the clustering service writes."""

import pyarrow as pa

from atlas_common.schemas.spec import JSON, TEXT, TIME, table

RUNS = table(
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

ASSIGNMENTS = table(
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

CLUSTERS = table(
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

TRANSFORMS = table(
    "transforms",  # what brings features into the space of a run's centres
    ("run_id",),
    run_id=TEXT,
    content=pa.large_binary(),
    layout=pa.large_binary(),  # of the landmarks on its map
)
