"""python -m atlas_clustering"""

import asyncio

from atlas_common.logs import configure_logs
from atlas_common.settings import LogSettings, QueueSettings, StoreSettings, TraceSettings
from atlas_common.traces import configure_traces

from atlas_clustering.server import run
from atlas_clustering.settings import ClusteringSettings


def main() -> None:
    configure_logs("clustering", LogSettings())
    configure_traces("clustering", TraceSettings())
    asyncio.run(run(ClusteringSettings(), StoreSettings(), QueueSettings()))


if __name__ == "__main__":
    main()
