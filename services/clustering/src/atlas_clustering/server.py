"""The composition root: what the service is made of."""

import os
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from atlas.clustering.v1.clustering_pb2_grpc import add_ClusteringServiceServicer_to_server
from atlas_common.queue import RUN_PUBLISHED, Queue
from atlas_common.serve import Service, serve
from atlas_common.settings import QueueSettings, StoreSettings
from atlas_common.store import ObjectStore
from atlas_common.tables import Tables

from atlas_clustering.archive import LanceArchive
from atlas_clustering.decisions import LanceDecisions
from atlas_clustering.desk import RunDesk
from atlas_clustering.kmeans import Workers
from atlas_clustering.lookout import Lookout
from atlas_clustering.run import Parts, perform
from atlas_clustering.servicer import ClusteringServicer
from atlas_clustering.settings import ClusteringSettings
from atlas_clustering.shelf import LanceShelf

NAME = "atlas.clustering.v1.ClusteringService"
EMBEDDED = "events.embedded"


async def run(settings: ClusteringSettings, store: StoreSettings, queue_settings: QueueSettings) -> None:
    """Serve until told to stop."""
    objects = ObjectStore(store)
    await objects.prepare()
    objects.close()
    queue = await Queue.connect(queue_settings, "clustering")
    try:
        await queue.ensure_streams()
        with ThreadPoolExecutor(settings.threads or os.cpu_count(), thread_name_prefix="cluster") as threads:
            workers = Workers(threads, _cluster(settings.dask) if settings.dask else threads)
            await serve(_service(settings, Tables.in_store(store), queue, workers), settings)
    finally:
        await queue.close()


def _service(settings: ClusteringSettings, tables: Tables, queue: Queue, workers: Workers) -> Service:
    archive, shelf = LanceArchive(tables), LanceShelf(tables)
    lookout = Lookout(shelf, archive)
    desk = RunDesk(
        archive,
        partial(perform, parts=Parts(shelf, archive, LanceDecisions(tables), workers)),
        lambda run_id: queue.publish(RUN_PUBLISHED, run_id.encode(), run_id),
        timedelta(seconds=settings.stale_seconds),
    )
    servicer = ClusteringServicer(desk, lookout)
    return Service(
        register=partial(add_ClusteringServiceServicer_to_server, servicer),
        names=(NAME,),
        ready=queue.answers,
        background=(desk.work, lambda stop: lookout.look(stop, queue.events(EMBEDDED), settings.look_seconds)),
    )


def _cluster(address: str) -> Executor:
    """A Dask cluster as an executor; needs the extra `dask`."""
    from distributed import Client

    executor: Executor = Client(address).get_executor()  # type: ignore[no-untyped-call]
    return executor
