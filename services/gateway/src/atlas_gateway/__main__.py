"""`python -m atlas_gateway`: settings → logs → server."""

import asyncio

from atlas_common.logs import configure_logs
from atlas_common.settings import LogSettings, QueueSettings, StoreSettings, TraceSettings
from atlas_common.traces import configure_traces

from atlas_gateway.server import serve
from atlas_gateway.settings import GatewaySettings


def main() -> None:
    configure_logs("gateway", LogSettings())
    configure_traces("gateway", TraceSettings())
    asyncio.run(serve(GatewaySettings(), StoreSettings(), QueueSettings()))


if __name__ == "__main__":
    main()
