"""A service with its loops in the process of a test, asked over gRPC."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
from atlas_common.interceptors import ServerInterceptor
from atlas_common.serve import Service
from atlas_common.stopping import finish

PATIENCE_SECONDS = 60


@asynccontextmanager
async def served(service: Service, address: str) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the service, which is told to stop in the end, and closed even where a loop of it does not end."""
    server = grpc.aio.server(interceptors=[ServerInterceptor()])
    service.register(server)
    server.add_insecure_port(address)
    await server.start()
    stop = asyncio.Event()
    loops = [asyncio.create_task(loop(stop)) for loop in service.background]
    try:
        async with grpc.aio.insecure_channel(address) as channel:
            yield channel
    finally:
        stop.set()
        await finish(loops, PATIENCE_SECONDS)
        await server.stop(None)
    assert not [loop for loop in loops if loop.cancelled()]
    await asyncio.gather(*loops)
