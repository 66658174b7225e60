"""The composition root: makes every part and hands the service over to be served."""

import asyncio
import os
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from atlas.clustering.v1.clustering_pb2_grpc import add_ClusteringServiceServicer_to_server
from atlas_common.backing import Backing, BackingSettings
from atlas_common.queue import EMBEDDED, RUN_PUBLISHED
from atlas_common.schemas import ASSIGNMENTS, CLUSTERS, RUNS, TRANSFORMS
from atlas_common.serve import Service, serve
from atlas_common.tables import Upkeep

from atlas_clustering.archive import LanceArchive
from atlas_clustering.decisions import LanceDecisions
from atlas_clustering.desk import RunDesk
from atlas_clustering.held_runs import HeldRuns
from atlas_clustering.kmeans import Workers
from atlas_clustering.lookout import Lookout
from atlas_clustering.run import Parts, perform
from atlas_clustering.run_worker import RunWorker
from atlas_clustering.servicer import ClusteringServicer
from atlas_clustering.settings import ClusteringSettings
from atlas_clustering.settling import refuse_too_few
from atlas_clustering.shelf import KEPT_BYTES, LanceShelf
from atlas_clustering.sightings import LanceSightings

NAME = "atlas.clustering.v1.ClusteringService"
OWN_TABLES = (RUNS, ASSIGNMENTS, CLUSTERS, TRANSFORMS)


@dataclass(frozen=True, slots=True)
class Settings(BackingSettings):
    """Everything that the service reads from its environment."""

    service: ClusteringSettings = field(default_factory=ClusteringSettings)


async def run(settings: Settings) -> None:
    await serve(partial(compose, settings), settings.service)


async def compose(settings: Settings, stack: AsyncExitStack) -> Service:
    """Connect every part; `stack` closes them in the end."""
    backing = await Backing.connect(settings, "clustering", stack)
    tables, queue = backing.tables, backing.queue
    threads = stack.enter_context(_threads(settings.service.threads))
    workers = Workers(threads, _cluster(settings.service.dask) if settings.service.dask else threads)

    archive = await asyncio.to_thread(LanceArchive, tables)
    shelf = LanceShelf(tables, kept_bytes=0 if settings.service.dask else KEPT_BYTES)
    lookout = Lookout(shelf, archive)
    runs = HeldRuns(archive)
    desk = RunDesk(archive, runs, partial(refuse_too_few, shelf=shelf, archive=archive))
    worker = RunWorker(
        archive,
        runs,
        partial(perform, parts=Parts(shelf, archive, LanceDecisions(tables), LanceSightings(tables), workers)),
        lambda run_id: queue.publish(RUN_PUBLISHED, run_id.encode(), run_id),
        timedelta(seconds=settings.service.stale_seconds),
    )
    return Service(
        register=partial(add_ClusteringServiceServicer_to_server, ClusteringServicer(desk, lookout)),
        names=(NAME,),
        ready=queue.answers,
        background=(
            worker.work,
            lambda stop: lookout.look(stop, queue.events(EMBEDDED), settings.service.look_seconds),
            Upkeep(tables, OWN_TABLES, settings.tables).run,
        ),
    )


def _threads(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count or os.cpu_count(), thread_name_prefix="cluster")


def _cluster(address: str) -> Executor:
    """A Dask cluster as an executor; needs the extra `dask`."""
    from distributed import Client

    executor: Executor = Client(address).get_executor()  # type: ignore[no-untyped-call]
    return executor
