"""Whether a part works, found out by using it as the others will."""

import asyncio
import os
from collections.abc import Mapping

import grpc
from atlas.serving.v1.services_pb2_grpc import PredictionServiceStub
from atlas.serving.v1.serving_pb2 import DT_UINT8, ModelSpec, PredictRequest, TensorProto, TensorShapeProto
from atlas_common.errors import BrokenInvariant, Unavailable
from atlas_common.probe import is_ready
from atlas_common.queue import Queue
from atlas_common.settings import QueueSettings, StoreSettings
from atlas_common.store import ObjectStore

ANSWER_SECONDS = 5


def store_settings(environment: Mapping[str, str]) -> StoreSettings:
    return StoreSettings.model_validate(_with_prefix("ATLAS_STORE_", environment))


def queue_settings(environment: Mapping[str, str]) -> QueueSettings:
    return QueueSettings.model_validate(_with_prefix("ATLAS_QUEUE_", environment))


async def store_works(settings: StoreSettings) -> None:
    """Puts an object and reads it back."""
    store = ObjectStore(settings)
    key, content = f"probes/{os.getpid()}", os.urandom(16)
    await store.prepare()
    await store.put(key, content)
    if await store.get(key) != content:
        raise BrokenInvariant("the store gave back other bytes than it was given")
    await store.remove(key)


async def queue_works(settings: QueueSettings) -> None:
    """Publishes a message that JetStream has to acknowledge."""
    queue = await Queue.connect(settings, "probe")
    try:
        await queue.ensure_streams()
        await queue.publish("events.probe", b"")
    finally:
        await queue.close()


async def model_works(address: str, model: str = "inception_v3") -> None:
    """Predicts the features of one black picture."""
    side = 299
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in (1, side, side, 3)])
    picture = TensorProto(dtype=DT_UINT8, tensor_shape=shape, tensor_content=bytes(side * side * 3))
    request = PredictRequest(model_spec=ModelSpec(name=model), inputs={"images": picture})
    async with grpc.aio.insecure_channel(address) as channel:
        await PredictionServiceStub(channel).Predict(request, timeout=ANSWER_SECONDS)


async def service_works(address: str) -> None:
    """Asks a service whether it is ready, which it says after looking at the parts that it needs.

    `address` is a gRPC server's host and port, or the URL to get.
    """
    if not await asyncio.to_thread(is_ready, address):
        raise Unavailable(f"the service at {address} is not ready")


def _with_prefix(prefix: str, environment: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(prefix).lower(): value for name, value in environment.items() if name.startswith(prefix)}
