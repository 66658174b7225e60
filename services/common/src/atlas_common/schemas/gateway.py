"""The tables that the gateway writes."""

from atlas_common.schemas.spec import JSON, TEXT, TIME, table

CURATION = table(
    "curation",
    ("decision_id",),
    decision_id=TEXT,
    kind=TEXT,  # name, merge, split, hide, pin, exclude; revoke takes an earlier decision back
    album_id=TEXT,
    arguments=JSON,  # name {name}, merge {albums}, split {groups}, pin and exclude {images}, revoke {decision_id}
    decided_at=TIME,
)

TAKEDOWNS = table(
    "takedowns",
    ("kind", "value"),
    kind=TEXT,  # image, url or site
    value=TEXT,
    reason=TEXT,
    decided_at=TIME,
)
