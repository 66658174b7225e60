"""The composition root: makes every part and hands the service over to be served."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial

from atlas.embedding.v1 import embedding_pb2
from atlas.embedding.v1.embedding_pb2_grpc import add_EmbeddingServiceServicer_to_server
from atlas_common.backing import Backing, BackingSettings
from atlas_common.held import HeldBytes
from atlas_common.loops import every
from atlas_common.queue import EMBED, Consumer, Queue
from atlas_common.serve import Service, serve
from atlas_common.tables import Upkeep

from atlas_embedding.claim import claim_name
from atlas_embedding.decoders import Decoders
from atlas_embedding.embed import embed_content, embed_stored
from atlas_embedding.held import HeldJobs
from atlas_embedding.metrics import LOOK_SECONDS, watch_backlog
from atlas_embedding.network import BatchedNetwork
from atlas_embedding.pipeline import Pipeline
from atlas_embedding.reconcile import Reconciler
from atlas_embedding.recorder import Recorder
from atlas_embedding.records import FeatureTables
from atlas_embedding.retry_failures import RetryFailures
from atlas_embedding.servicer import Servicer
from atlas_embedding.serving import TensorFlowServing
from atlas_embedding.settings import EmbeddingSettings, ModelSettings, PictureSettings, PipelineSettings

NEW_STICKERS = "image"
ENDLESSLY = -1
NAME = embedding_pb2.DESCRIPTOR.services_by_name["EmbeddingService"].full_name


@dataclass(frozen=True, slots=True)
class Settings(BackingSettings):
    """Everything that the service reads from its environment."""

    service: EmbeddingSettings = field(default_factory=EmbeddingSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    pictures: PictureSettings = field(default_factory=PictureSettings)
    pipeline: PipelineSettings = field(default_factory=PipelineSettings)


async def run(settings: Settings) -> None:
    await serve(partial(compose, settings), settings.service)


async def compose(settings: Settings, stack: AsyncExitStack) -> Service:
    """Connect every part; `stack` closes them in the end."""
    backing = await Backing.connect(settings, "embedding", stack)
    store, queue = backing.objects, backing.queue
    serving = await TensorFlowServing.connect(settings.model)
    stack.push_async_callback(serving.close)
    await claim_name(store, serving.network)
    tables = await asyncio.to_thread(FeatureTables, backing.tables, serving.network)
    upkeep = Upkeep(backing.tables, tables.own, settings.tables)
    decoders = await stack.enter_async_context(Decoders(settings.pictures))
    network = await stack.enter_async_context(BatchedNetwork(serving.predict, settings.model))

    consumer = consumer_of(settings.pipeline.lane)
    held = HeldJobs(every_seconds=consumer.ack_wait / 3)
    recorder = Recorder(tables, queue, held, settings.pipeline)
    room = HeldBytes(settings.pipeline.flight_bytes)
    embed = partial(embed_stored, objects=store, held=room, decoder=decoders, network=network)
    pipeline = Pipeline(await queue.puller(consumer), embed, recorder, held, settings.pipeline)
    backlog = partial(queue.backlog, consumer)
    reconciler = Reconciler(
        tables, backlog, partial(_enqueue, queue, consumer.subject), settings.pipeline.reconcile_seconds
    )
    embed_one = partial(embed_content, decoder=decoders, network=network)
    retry = RetryFailures(tables, partial(_enqueue_anew, queue, consumer.subject))
    servicer = Servicer(serving.network.name, embed_one, tables, backlog, retry)

    async def ready() -> bool:
        return all(await asyncio.gather(serving.ready(), queue.answers()))

    register = partial(add_EmbeddingServiceServicer_to_server, servicer)
    show_backlog = partial(every, LOOK_SECONDS, partial(watch_backlog, backlog))
    return Service(register, (NAME,), ready, (pipeline.run, reconciler.run, show_backlog, upkeep.run))


def consumer_of(lane: str) -> Consumer:
    """What the replicas of a lane share. The pipeline counts attempts itself: it knows whose fault a failure was."""
    name = "embedding" if lane == NEW_STICKERS else f"embedding-{lane}"
    return Consumer(EMBED, name, f"embed.{lane}", ack_wait=30, max_deliver=ENDLESSLY, max_ack_pending=50_000)


async def _enqueue(queue: Queue, subject: str, sha256: str) -> None:
    await queue.publish(subject, sha256.encode(), message_id=f"{subject}:{sha256}")


async def _enqueue_anew(queue: Queue, subject: str, sha256: str) -> None:
    """Without an id, by which the queue would drop what it has seen a moment ago."""
    await queue.publish(subject, sha256.encode())
