"""The backing services, which all services meet in: the bucket with its tables, and the queue."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from atlas_common.queue import Queue
from atlas_common.settings import QueueSettings, StoreSettings, TableSettings
from atlas_common.store import ObjectStore
from atlas_common.tables import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class BackingSettings:
    """Where they are. Each service adds what it reads from its environment beside that."""

    store: StoreSettings = field(default_factory=StoreSettings)
    queue: QueueSettings = field(default_factory=QueueSettings)
    tables: TableSettings = field(default_factory=TableSettings)


@dataclass(frozen=True, slots=True)
class Backing:
    objects: ObjectStore
    tables: Tables
    queue: Queue

    @classmethod
    async def connect(cls, settings: BackingSettings, service: str, stack: AsyncExitStack) -> "Backing":
        """Connect, and make the bucket and the streams where they are missing; `stack` closes the connection.

        Raises `Unavailable` where the store or the queue does not answer.
        """
        objects = ObjectStore(settings.store)
        await objects.prepare()
        queue = await Queue.connect(settings.queue, service)
        stack.push_async_callback(queue.close)
        await queue.ensure_streams()
        return cls(objects, Tables.in_store(settings.store), queue)
