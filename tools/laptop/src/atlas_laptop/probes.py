"""Whether a part works, found out by using it as the others will."""

import os
from collections.abc import Mapping

from atlas_common.queue import Queue
from atlas_common.settings import QueueSettings, StoreSettings
from atlas_common.store import ObjectStore


def store_settings(environment: Mapping[str, str]) -> StoreSettings:
    return StoreSettings.model_validate(_with_prefix("ATLAS_STORE_", environment))


def queue_settings(environment: Mapping[str, str]) -> QueueSettings:
    return QueueSettings.model_validate(_with_prefix("ATLAS_QUEUE_", environment))


async def store_works(settings: StoreSettings) -> None:
    """Puts an object and reads it back."""
    store = ObjectStore(settings)
    try:
        key, content = f"probes/{os.getpid()}", os.urandom(16)
        await store.prepare()
        await store.put(key, content)
        if await store.get(key) != content:
            raise ValueError("the store gave back other bytes than it was given")
        await store.remove(key)
    finally:
        store.close()


async def queue_works(settings: QueueSettings) -> None:
    """Publishes a message that JetStream has to acknowledge."""
    queue = await Queue.connect(settings, "probe")
    try:
        await queue.ensure_streams()
        await queue.publish("events.probe", b"")
    finally:
        await queue.close()


def _with_prefix(prefix: str, environment: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(prefix).lower(): value for name, value in environment.items() if name.startswith(prefix)}
