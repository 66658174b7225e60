"""Clustering runs."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from atlas_gateway.model.resource import INT32, INT64, Resource

RunState = Literal["running", "published", "failed", "cancelled"]


def _number_or_auto(value: object, validate: ValidatorFunctionWrapHandler) -> object:
    """Says once what is wanted, not once for a number and once for `auto`."""
    try:
        return validate(value)
    except ValidationError as error:
        raise PydanticCustomError(
            "number_or_auto", f"Input should be a whole number from 1 to {INT32}, or auto"
        ) from error


class RunSpec(Resource):
    """What a run should do. The spec that a run tells, nothing left open, gives the same albums again."""

    model: str = ""
    """Whose features to group; empty: the newest model's that has every sticker."""
    features_version: int = Field(0, ge=0, le=INT64)
    """Version of the table of features; 0: the newest."""
    recipe: str = ""
    """How features become albums; empty: the default."""
    k: Annotated[Annotated[int, Field(ge=1, le=INT32)] | Literal["auto"], WrapValidator(_number_or_auto)] = "auto"
    """Number of albums, or `auto` to have it chosen by a measured criterion."""
    seed: int = Field(0, ge=0, le=INT64)
    continues: str = ""
    """The published run whose albums stay where others are not clearly better, or `none` to begin afresh; empty: over
    the newest features the run published last if it had the same model, recipe, k and seed, else `none`."""


class Run(Resource):
    """A run, under way or over."""

    run_id: str
    spec: RunSpec
    state: RunState
    stage: str
    progress: float
    """How much of the stage is done, from 0 to 1."""
    stickers: int
    outliers: int
    albums: int
    scores: dict[str, float]
    started_at: datetime | None
    finished_at: datetime | None
    detail: str


class RunDetail(Run):
    """A run with what explains it."""

    report: dict[str, Any]
    """Recipe, curve of k, splits and merges since the run before; empty until the run is published."""


class Drift(Resource):
    """How well the stickers that came after the published run fit into its albums."""

    run_id: str
    stickers: int
    outliers: int
    late: int
    """Stickers that came after the run."""
    late_outliers: int
    """Those of them that fit no album."""
    proposal: str
    """Why a new run would be worth it; empty when it would not."""


class Flow(Resource):
    """Stickers that went from one album to another."""

    before: str
    after: str
    stickers: int


class Changes(Resource):
    """What is different in a run beside an earlier one."""

    stickers: int
    """In both runs."""
    moved: int
    """In an album of another id."""
    agreement: float
    """Adjusted Rand index: 1 for the same albums, about 0 for albums that have nothing in common."""
    flows: list[Flow]
    """The largest first."""
