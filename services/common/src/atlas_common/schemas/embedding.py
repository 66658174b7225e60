"""The tables that the embedding service writes."""

from collections.abc import Collection
from dataclasses import replace

import pyarrow as pa

from atlas_common.schemas.spec import TEXT, TIME, TableSpec, table

FAILURES_EMBED = table(
    "failures_embed",
    ("model", "sha256"),
    model=TEXT,
    sha256=TEXT,
    reason=TEXT,
    detail=TEXT,
    attempts=pa.int32(),
    failed_at=TIME,
)

MODELS = table(
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
    unsearched = table(
        f"{FEATURES}{model}",
        ("sha256",),
        sha256=TEXT,
        frames=pa.int32(),
        fingerprint=pa.binary(),
        embedded_at=TIME,
        **vectors,
    )
    return replace(unsearched, searched=searched_output(outputs))


def searched_output(outputs: Collection[str]) -> str | None:
    """The output that tells best what looks alike: the inner layers see the drawing through its caption."""
    return next((output for output in ("mixed8", "mixed7", "pool3") if output in outputs), None)
