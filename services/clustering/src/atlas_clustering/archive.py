"""The archive of runs in the tables `runs`, `assignments`, `clusters` and `transforms`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
from atlas_common.errors import NotFound
from atlas_common.schemas import ASSIGNMENTS, CLUSTERS, RUNS, TRANSFORMS
from atlas_common.tables import Order, Tables, equal

from atlas_clustering.drift import Placements
from atlas_clustering.model import Assignment, Cluster, Run, RunSpec, RunState
from atlas_clustering.recipes.layout import Layout
from atlas_clustering.recipes.transform import Transform

LAST_CHANGED = (Order("changed_at", descending=True),)
CLUSTER_FIELDS = tuple(field.name for field in fields(Cluster))


class LanceArchive:
    """Runs are rows of their changes; a run is published by the one row that says so, written last."""

    def __init__(self, tables: Tables) -> None:
        self._runs = tables.open(RUNS)
        self._assignments = tables.open(ASSIGNMENTS)
        self._clusters = tables.open(CLUSTERS)
        self._transforms = tables.open(TRANSFORMS)

    def record(self, run: Run) -> None:
        texts = {name: json.dumps(value) for name, value in _structured(run).items()}
        plain = {name: getattr(run, name) for name in RUNS.schema.names if name not in texts}
        self._runs.insert([plain | texts])

    def run(self, run_id: str) -> Run:
        this = equal(run_id=run_id)
        for where in (f"{this} AND state <> '{RunState.RUNNING}'", this):
            if rows := self._runs.first(1, LAST_CHANGED, where=where).to_pylist():
                return _run(rows[0])
        raise NotFound(f"there is no run {run_id}", reason="no_such_run")

    def runs(self) -> list[Run]:
        newest: dict[str, dict[str, Any]] = {}
        for row in sorted(self._runs.read().to_pylist(), key=_standing):
            newest[row["run_id"]] = row
        return sorted(map(_run, newest.values()), key=lambda run: run.started_at, reverse=True)

    def published(self) -> Run | None:
        rows = self._runs.first(1, LAST_CHANGED, where=equal(state=RunState.PUBLISHED)).to_pylist()
        return _run(rows[0]) if rows else None

    def add(self, run_id: str, clusters: Sequence[Cluster], assignments: Iterator[Sequence[Assignment]]) -> None:
        self._clusters.insert(
            [{name: getattr(one, name) for name in CLUSTER_FIELDS} | {"run_id": run_id} for one in clusters]
        )
        now = datetime.now(UTC)
        for batch in assignments:
            self._assignments.insert([asdict(one) | {"run_id": run_id, "assigned_at": now} for one in batch])

    def clusters(self, run_id: str) -> list[Cluster]:
        rows = self._clusters.read(CLUSTER_FIELDS, equal(run_id=run_id)).to_pylist()
        return [
            _cluster(row) for row in sorted(rows, key=lambda row: (row["parent_id"] is not None, row["cluster_id"]))
        ]

    def albums(self, run_id: str, *, late: bool = True) -> Mapping[str, str]:
        where = equal(run_id=run_id) + ("" if late else " AND NOT late")
        found = self._assignments.read(["sha256", "album_id"], where)
        return dict(zip(found["sha256"].to_pylist(), found["album_id"].to_pylist(), strict=True))

    def places(self, run_id: str) -> Mapping[str, tuple[float, float]]:
        if not self._transforms.count(equal(run_id=run_id) + " AND layout IS NOT NULL"):
            return {}
        where = equal(run_id=run_id) + " AND NOT late"
        found = self._assignments.read(["sha256", "x", "y"], where)
        places = zip(found["x"].to_pylist(), found["y"].to_pylist(), strict=True)
        return dict(zip(found["sha256"].to_pylist(), places, strict=True))

    def typical(self, run_id: str, album_id: str, limit: int) -> Sequence[str]:
        where = f"{equal(run_id=run_id, album_id=album_id)} AND NOT outlier AND copy_of IS NULL"
        by_hash = [Order("sha256")]  # hashes are spread evenly, so the first are a sample
        ids: list[str] = self._assignments.first(limit, by_hash, ["sha256"], where)["sha256"].to_pylist()
        return ids

    def placements(self, run_id: str) -> Placements:
        counts = [
            self._assignments.count(f"{equal(run_id=run_id)} AND {which}")
            for which in ("NOT late", "NOT late AND outlier", "late", "late AND outlier")
        ]
        return Placements(*counts)

    def keep_transform(self, run_id: str, transform: Transform, layout: Layout) -> None:
        row = {"run_id": run_id, "content": transform.to_bytes(), "layout": layout.to_bytes()}
        self._transforms.insert([row])

    def transform(self, run_id: str) -> Transform:
        return Transform.from_bytes(self._kept(run_id, "content"))

    def layout(self, run_id: str) -> Layout:
        content = self._kept(run_id, "layout")
        return Layout.from_bytes(content) if content else Layout.empty()

    def _kept(self, run_id: str, column: str) -> bytes:
        rows = self._transforms.read([column], equal(run_id=run_id)).to_pylist()
        if not rows:
            raise NotFound(f"run {run_id} has no transform", reason="no_such_run")
        content: bytes = rows[0][column] or b""
        return content


def _standing(row: Mapping[str, Any]) -> tuple[bool, datetime]:
    """By which the rows of a run are ordered. Its end holds, whatever a replica that had not heard of it recorded."""
    return row["state"] != RunState.RUNNING, row["changed_at"]


def _structured(run: Run) -> dict[str, Any]:
    return {"spec": asdict(run.spec), "scores": dict(run.scores), "report": dict(run.report)}


def _run(row: Mapping[str, Any]) -> Run:
    parsed = {name: json.loads(row[name] or "{}") for name in ("spec", "scores", "report")}
    parsed |= {"spec": RunSpec(**parsed["spec"]), "state": RunState(row["state"])}
    return Run(**{**row, **parsed})


def _cluster(row: Mapping[str, Any]) -> Cluster:
    return Cluster(**{**row, "centre": np.array(row["centre"], np.float32)})
