"""Finds the published run in the tables and builds the atlas from it."""

import json
from dataclasses import dataclass

from atlas_common.tables import Order, Table, equal

from atlas_gateway.atlas import Atlas, Rulings, Walls, build
from atlas_gateway.library.curation import Curation
from atlas_gateway.library.moving import Moving
from atlas_gateway.library.takedowns import Takedowns

Versions = tuple[int, ...]

CLUSTER_COLUMNS = ("cluster_id", "parent_id", "name", "medoid", "radius", "centre")
ASSIGNMENT_COLUMNS = ("sha256", "album_id", "variant_id", "distance", "outlier", "copy_of")
LAST_CHANGED = (Order("changed_at", descending=True),)


@dataclass(frozen=True, slots=True)
class RunTables:
    """What the clustering service writes."""

    runs: Table
    assignments: Table
    clusters: Table


class Published:
    """Reads the run that was published last."""

    def __init__(self, tables: RunTables, moving: Moving, curation: Curation, takedowns: Takedowns) -> None:
        self._tables = tables
        self._moving = moving
        self._curation = curation
        self._takedowns = takedowns

    def versions(self) -> Versions:
        """Changes whenever the atlas would."""
        run_tables = self._tables.runs, self._tables.assignments, self._tables.clusters
        return *(table.version() for table in run_tables), self._curation.version(), self._takedowns.version()

    def read(self) -> tuple[Rulings, Atlas | None]:
        """What people decided, and the atlas as the tables have it now; None before the first run is published."""
        rulings = self._curation.rulings(self._takedowns.images())
        return rulings, self._atlas(rulings)

    def _atlas(self, rulings: Rulings) -> Atlas | None:
        published = equal(state="published")
        rows = self._tables.runs.first(1, LAST_CHANGED, ("run_id", "spec"), published).to_pylist()
        if not rows:
            return None
        run_id, spec = rows[0]["run_id"], json.loads(rows[0]["spec"] or "{}")
        of_run = equal(run_id=run_id)
        walls = Walls(rulings)
        for batch in self._tables.assignments.batches(ASSIGNMENT_COLUMNS, of_run, rows=8192):
            walls.add(batch.to_pylist())
        walls.animated = self._moving.within(walls.shown())
        clusters = self._tables.clusters.read(CLUSTER_COLUMNS, of_run).to_pylist()
        return build(run_id, spec.get("model", ""), clusters, walls, rulings)
