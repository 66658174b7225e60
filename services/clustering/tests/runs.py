"""Runs as people ask for them, done at once."""

from dataclasses import replace
from datetime import UTC, datetime

from atlas_clustering.model import Run, RunSpec, RunState
from atlas_clustering.run import Parts, perform


def asked(run_id: str = "run", **spec: object) -> Run:
    now = datetime.now(UTC)
    return Run(run_id, RunSpec(**spec), RunState.RUNNING, started_at=now, changed_at=now)  # type: ignore[arg-type]


def published(parts: Parts, run_id: str = "run", **spec: object) -> Run:
    run = perform(asked(run_id, **spec), lambda _: None, parts=parts)
    run = replace(run, state=RunState.PUBLISHED, changed_at=datetime.now(UTC))
    parts.archive.record(run)
    return run
