"""A gateway over real tables in a folder, with stand-ins for the services and the bucket."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import httpx
import pytest
from atlas.clustering.v1.clustering_pb2_grpc import add_ClusteringServiceServicer_to_server
from atlas.crawler.v1.crawler_pb2_grpc import add_CrawlerServiceServicer_to_server
from atlas.embedding.v1.embedding_pb2_grpc import add_EmbeddingServiceServicer_to_server
from atlas_common.interceptors import ServerInterceptor
from atlas_common.tables import Tables
from atlas_gateway.app import create_app
from atlas_gateway.library.library import open_library
from atlas_gateway.parts import Parts, Services
from atlas_gateway.remote.calls import Remote
from atlas_gateway.remote.clustering import Clustering
from atlas_gateway.remote.crawler import Crawler
from atlas_gateway.remote.embedding import Embedding
from atlas_gateway.settings import GatewaySettings
from atlas_gateway.shelf import Shelf
from pydantic import SecretStr

from services.gateway.tests.fake_clustering import FakeClustering
from services.gateway.tests.fake_crawler import FakeCrawler
from services.gateway.tests.fake_embedding import FakeEmbedding
from services.gateway.tests.fakes import Bucket, Bulletin
from services.gateway.tests.shelves import MODEL

TOKEN = "let-me-write"


@dataclass(frozen=True)
class World:
    """What lies beyond the gateway."""

    tables: Tables
    bucket: Bucket
    bulletin: Bulletin
    crawler: FakeCrawler
    embedding: FakeEmbedding
    clustering: FakeClustering


@pytest.fixture
async def world(tmp_path: Path) -> World:
    tables = Tables(str(tmp_path / "tables"))
    embedding = FakeEmbedding(MODEL, {"mixed8": [1.0, 0.0]})
    return World(tables, Bucket(), Bulletin(), FakeCrawler(), embedding, FakeClustering())


@pytest.fixture
async def parts(world: World, tmp_path: Path) -> AsyncIterator[Parts]:
    address = f"unix:{tmp_path}/services"
    server = grpc.aio.server(interceptors=[ServerInterceptor()])
    add_CrawlerServiceServicer_to_server(world.crawler, server)
    add_EmbeddingServiceServicer_to_server(world.embedding, server)
    add_ClusteringServiceServicer_to_server(world.clustering, server)
    server.add_insecure_port(address)
    await server.start()
    library = open_library(world.tables)
    remote = Remote("other", address)
    yield Parts(
        settings=GatewaySettings(token=SecretStr(TOKEN), upload_bytes=20_000, flight_bytes=25_000),
        services=Services(Crawler(remote), Embedding(remote), Clustering(remote)),
        library=library,
        objects=world.bucket,
        shelf=Shelf(library.published),
        checks={"store": _yes, "tables": _yes, "queue": _no},
        bulletin=world.bulletin,
        stopping=asyncio.Event(),
    )
    await remote.close()
    await server.stop(None)


@pytest.fixture
async def reader(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    transport = httpx.ASGITransport(create_app(parts.settings, parts), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


@pytest.fixture
async def writer(reader: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client with the gateway's token."""
    reader.headers["Authorization"] = f"Bearer {TOKEN}"
    return reader


async def _yes() -> bool:
    return True


async def _no() -> bool:
    return False
