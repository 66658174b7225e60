"""What the clustering service measures, for Prometheus."""

from collections.abc import Sequence

from prometheus_client import Counter, Gauge, Histogram

from atlas_clustering.model import Assignment, Run

RUNS = Counter("atlas_clustering_runs_total", "Runs that ended", ["state"])
SECONDS = Histogram(
    "atlas_clustering_run_seconds", "Time from asking for a run to its end", buckets=(5, 15, 60, 300, 900, 3600, 14400)
)
OUTLIER_SHARE = Gauge("atlas_clustering_outlier_share", "Outliers among the stickers of the published run")
LATE = Counter("atlas_clustering_late_stickers_total", "Stickers placed by a run older than they", ["outlier"])


def ended(run: Run) -> None:
    RUNS.labels(run.state.value).inc()
    SECONDS.observe((run.changed_at - run.started_at).total_seconds())


def published(run: Run) -> None:
    OUTLIER_SHARE.set(run.outliers / max(run.stickers, 1))


def placed(assignments: Sequence[Assignment]) -> None:
    """Count late stickers: the more of them fit no album, the further what comes in has drifted from the run."""
    for assignment in assignments:
        LATE.labels(str(assignment.outlier).lower()).inc()
