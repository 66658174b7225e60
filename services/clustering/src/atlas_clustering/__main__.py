"""`python -m atlas_clustering`: the clustering service."""

import asyncio
import os

from atlas_common.logs import configure_logs
from atlas_common.memory import keep_freed_memory
from atlas_common.settings import LogSettings, TraceSettings
from atlas_common.traces import configure_traces
from atlas_common.unknown_settings import warn_of_unknown_settings

from atlas_clustering.server import Settings, run


def main() -> None:
    keep_freed_memory()
    configure_logs("clustering", LogSettings())
    warn_of_unknown_settings(os.environ)
    configure_traces("clustering", TraceSettings())
    asyncio.run(run(Settings()))


if __name__ == "__main__":
    main()
