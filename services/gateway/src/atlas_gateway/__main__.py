"""`python -m atlas_gateway`: the gateway."""

import asyncio
import os

from atlas_common.logs import configure_logs
from atlas_common.settings import LogSettings, TraceSettings
from atlas_common.traces import configure_traces
from atlas_common.unknown_settings import warn_of_unknown_settings

from atlas_gateway.server import Settings, run


def main() -> None:
    configure_logs("gateway", LogSettings())
    warn_of_unknown_settings(os.environ)
    configure_traces("gateway", TraceSettings())
    asyncio.run(run(Settings()))


if __name__ == "__main__":
    main()
