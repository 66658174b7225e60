"""The composition root."""

from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import grpc
from atlas.serving.v1 import services_pb2, services_pb2_grpc
from atlas_common.serve import Service, serve

from atlas_modelserver.batching import BatchPolicy
from atlas_modelserver.engines.null import NullEngine
from atlas_modelserver.engines.openvino import OpenVinoEngine
from atlas_modelserver.loading import Build, Loader
from atlas_modelserver.model import Engine, Signature
from atlas_modelserver.repository import Repository
from atlas_modelserver.servicer import ModelServicer, PredictionServicer, add_prediction_servicer
from atlas_modelserver.settings import ModelServerSettings


async def run(settings: ModelServerSettings, build: Build) -> None:
    await serve(partial(compose, settings, build), settings)


def build_engine(settings: ModelServerSettings, version: Path, signature: Signature) -> Engine:
    """The engine that the settings name."""
    match settings.engine:
        case "openvino":
            return OpenVinoEngine(version, settings.threads, settings.parallel_batches)
        case "null":
            return NullEngine(signature)


async def compose(settings: ModelServerSettings, build: Build, _: AsyncExitStack) -> Service:
    policy = BatchPolicy(
        sizes=settings.batch_sizes,
        timeout=settings.batch_timeout_seconds,
        queue=settings.queue_batches,
        parallel=settings.parallel_batches,
    )
    models = Repository(settings.models, settings.names, Loader(build, policy).load)
    return Service(
        register=partial(_register, models),
        names=tuple(service.full_name for service in services_pb2.DESCRIPTOR.services_by_name.values()),
        ready=models.is_ready,
        background=(partial(models.watch, settings.poll_seconds),),
    )


def _register(models: Repository, server: grpc.aio.Server) -> None:
    add_prediction_servicer(PredictionServicer(models), server)
    services_pb2_grpc.add_ModelServiceServicer_to_server(ModelServicer(models), server)
