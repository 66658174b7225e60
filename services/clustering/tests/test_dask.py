"""A real Dask cluster of two processes finds what threads find."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

import pytest
from atlas_clustering.kmeans import Workers
from atlas_clustering.run import Parts
from atlas_clustering.shelf import LanceShelf
from atlas_common.tables import Tables

from services.clustering.tests.conftest import Embed
from services.clustering.tests.runs import published

pytestmark = pytest.mark.contract


@pytest.fixture
def dask() -> Iterator[Executor]:
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        yield client.get_executor()


@pytest.mark.parametrize("recipe", ["atlas-1", "article"])
def test_albums_are_those_that_threads_find(
    parts: Parts, tables: Tables, embed: Embed, dask: Executor, recipe: str
) -> None:
    for series in range(3):
        embed(series, 20)
    published(parts, "threads", k=5, recipe=recipe)
    with ThreadPoolExecutor(2) as threads:
        on_dask = replace(parts, shelf=LanceShelf(tables, kept_bytes=0), workers=Workers(threads, dask))
        published(on_dask, "dask", k=5, recipe=recipe)
    assert list(parts.archive.albums("dask").values()) == list(parts.archive.albums("threads").values())
